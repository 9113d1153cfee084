//! The reader's language: by the cookie `lang`, else by what the browser accepts, else English.
//!
//! Texts are in `locales/{language}/{namespace}.json`; `t!(i18n, home.title)` in a view follows a switch of language,
//! `td_string!(locale, …)` is for text that goes into an attribute or a sentence.

use leptos::prelude::*;
use leptos_i18n::{
    I18nContext,
    context::{I18nContextOptions, UseLocalesOptions, init_i18n_context_with_options},
};

/// The generated texts.
#[allow(
    deprecated,
    clippy::all,
    clippy::pedantic,
    missing_docs,
    unused_qualifications,
    reason = "generated; the macro spares the build script with its own copy of Unicode's data"
)]
mod generated {
    leptos_i18n::load_locales!();
}

pub use generated::i18n;
use i18n::{Locale, td_string};

/// The cookie that keeps the choice.
pub const COOKIE: &str = "lang";

/// The language of that name.
pub fn from_name(name: &str) -> Option<Locale> {
    ALL.into_iter().find(|locale| locale.tag() == name)
}

/// What a language is called by those who speak it.
pub fn own_name(locale: Locale) -> &'static str {
    match locale {
        Locale::en => "English",
        Locale::de => "Deutsch",
    }
}

/// The languages there are.
pub const ALL: [Locale; 2] = [Locale::en, Locale::de];

/// Finds out the language and gives it to all components below, as `use_i18n()`.
pub fn provide_language() -> I18nContext<Locale> {
    let getter = UseLocalesOptions::default().ssr_lang_header_getter(wanted);
    let options = I18nContextOptions::default().ssr_lang_header_getter(getter);
    let context = without_effects(|| init_i18n_context_with_options::<Locale>(options));
    provide_context(context);
    Effect::new(move |_| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("lang", context.get_locale().tag());
        }
    });
    context
}

/// On the server, effects of what `make` makes never run: `leptos_i18n` starts one to keep the choice in a cookie, in a task of its own,
/// which panics where the page is finished and its signals are gone before the task has its turn.
#[cfg(feature = "ssr")]
fn without_effects<T>(make: impl FnOnce() -> T) -> T {
    let owner = Owner::new();
    let result = owner.with(make);
    owner.pause();
    // It lives as long as the page, whose part it is.
    on_cleanup(move || drop(owner));
    result
}

#[cfg(not(feature = "ssr"))]
fn without_effects<T>(make: impl FnOnce() -> T) -> T {
    make()
}

/// A text that follows a switch of language, as a child or an attribute: see [`tr`]. All texts share this one type,
/// because every type of a view costs the browser's bundle a kilobyte or two.
pub fn text(of: fn(Locale) -> &'static str) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    let i18n = i18n::use_i18n();
    move || of(i18n.get_locale())
}

/// A text without values in it: `tr!(home.title)`. For texts with values, see [`fill`](crate::components::words::fill).
macro_rules! tr {
    ($($key:ident).+) => {
        $crate::language::text(|locale| $crate::i18n::td_string!(locale, $($key).+))
    };
}
pub(crate) use tr;

/// [`text`] as a signal, for components that take one.
pub fn text_signal(of: fn(Locale) -> &'static str) -> Signal<String> {
    let text = text(of);
    Signal::derive(move || text().to_owned())
}

/// [`tr`] as a signal.
macro_rules! tr_signal {
    ($($key:ident).+) => {
        $crate::language::text_signal(|locale| $crate::i18n::td_string!(locale, $($key).+))
    };
}
pub(crate) use tr_signal;

/// A language's name in HTML.
pub trait Tag {
    /// `en`, `de`, …
    fn tag(self) -> &'static str;
}

impl Tag for Locale {
    fn tag(self) -> &'static str {
        leptos_i18n::Locale::as_str(self)
    }
}

/// The languages that the request asks for, as in an `Accept-Language` header.
#[cfg(feature = "ssr")]
fn wanted() -> Option<String> {
    let chosen = crate::api::request_cookie(COOKIE).filter(|name| from_name(name).is_some());
    chosen.or_else(|| {
        let parts = use_context::<http::request::Parts>()?;
        Some(parts.headers.get(http::header::ACCEPT_LANGUAGE)?.to_str().ok()?.to_owned())
    })
}

#[cfg(not(feature = "ssr"))]
fn wanted() -> Option<String> {
    None
}

/// The language that the request gets.
#[cfg(feature = "ssr")]
pub fn of_request() -> Locale {
    wanted_first(&wanted().unwrap_or_default())
}

/// The same for handlers outside of Leptos, by the request's headers.
#[cfg(feature = "ssr")]
pub fn of_headers(headers: &http::HeaderMap) -> Locale {
    let chosen = crate::api::cookie_in(headers, COOKIE).and_then(|name| from_name(&name));
    chosen.unwrap_or_else(|| {
        let accepted = headers.get(http::header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        wanted_first(accepted.unwrap_or_default())
    })
}

#[cfg(feature = "ssr")]
fn wanted_first(wanted: &str) -> Locale {
    let names: Vec<_> = wanted.split(',').map(|part| part.split(';').next().unwrap_or_default().trim()).collect();
    <Locale as leptos_i18n::Locale>::find_locale(&names)
}

/// A genre's name; the catalogue's own, English, where there is no translation.
pub fn genre_name(locale: Locale, genre: &str) -> String {
    macro_rules! names {
        ($($name:literal => $key:ident),* $(,)?) => {
            match genre {
                $($name => td_string!(locale, common.$key).to_string(),)*
                other => other.to_owned(),
            }
        };
    }
    names! {
        "Action" => genre_action,
        "Adventure" => genre_adventure,
        "Animation" => genre_animation,
        "Children" => genre_children,
        "Children's" => genre_children,
        "Comedy" => genre_comedy,
        "Crime" => genre_crime,
        "Documentary" => genre_documentary,
        "Drama" => genre_drama,
        "Fantasy" => genre_fantasy,
        "Film-Noir" => genre_film_noir,
        "Horror" => genre_horror,
        "IMAX" => genre_imax,
        "Musical" => genre_musical,
        "Mystery" => genre_mystery,
        "Romance" => genre_romance,
        "Sci-Fi" => genre_sci_fi,
        "Thriller" => genre_thriller,
        "War" => genre_war,
        "Western" => genre_western,
    }
}
