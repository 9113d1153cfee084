//! A film's facts in a line: genres, running time.

use leptos::prelude::*;
use leptos_router::location::Url;

use crate::{
    components::words::fill,
    i18n::{Locale, td_string, use_i18n},
    language::genre_name,
};

/// Genres' names, with commas.
pub fn genre_list(locale: Locale, genres: &[String]) -> String {
    genres.iter().map(|genre| genre_name(locale, genre)).collect::<Vec<_>>().join(", ")
}

/// A film's genres, as links to their films or as text.
#[component]
pub fn Genres(genres: Vec<String>, links: bool) -> impl IntoView {
    let i18n = use_i18n();
    if genres.is_empty() {
        return ().into_any();
    }
    if !links {
        return view! { <span>{move || genre_list(i18n.get_locale(), &genres)}</span> }.into_any();
    }
    let items = genres.into_iter().enumerate().map(|(place, genre)| {
        let href = format!("/search?genre={}", Url::escape(&genre));
        let name = move || genre_name(i18n.get_locale(), &genre);
        view! {
            {(place > 0).then_some(", ")}
            <a href=href>{name}</a>
        }
    });
    view! { <span>{items.collect_view()}</span> }.into_any()
}

/// A running time: "1 h 57 min".
pub fn running_time(locale: Locale, minutes: u16) -> String {
    let (hours, rest) = ((minutes / 60).to_string(), (minutes % 60).to_string());
    if minutes < 60 {
        fill(td_string!(locale, film.minutes), &[("minutes", &rest)])
    } else {
        fill(td_string!(locale, film.hours), &[("hours", &hours), ("minutes", &rest)])
    }
}
