//! The choices of language and theme: plain forms, which a hydrated page follows at once.

use leptos::{prelude::*, web_sys::FormData};

use crate::{
    api::preferences::{SetLanguage, SetTheme},
    components::icons::{Icon, IconName},
    i18n::{Locale, t_string, use_i18n},
    language::{self, Tag},
    remote::{Sending, SentForm},
    theme::{Theme, use_theme},
};

/// Goes from the device's choice to dark, to light, and back.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let i18n = use_i18n();
    let theme = use_theme();
    let sending = Sending::to::<SetTheme>();
    let follow = move |_: FormData| theme.update(|theme| *theme = theme.next());
    let label = move || match theme.get() {
        Theme::Auto => t_string!(i18n, common.theme_auto),
        Theme::Light => t_string!(i18n, common.theme_light),
        Theme::Dark => t_string!(i18n, common.theme_dark),
    };
    view! {
        <SentForm sending=sending on_send=Callback::new(follow)>
            <input type="hidden" name="theme" value=move || theme.get().next().as_str() />
            <button class="icon-button" aria-label=label title=label>
                <Icon name=IconName::Theme />
            </button>
        </SentForm>
    }
}

/// One button for each language but the one that is read.
#[component]
pub fn LanguageSwitch() -> impl IntoView {
    let i18n = use_i18n();
    let sending = Sending::to::<SetLanguage>();
    let follow = move |sent: FormData| {
        if let Some(chosen) = sent.get("lang").as_string().and_then(|name| language::from_name(&name)) {
            i18n.set_locale(chosen);
        }
    };
    let others = move || {
        let read = i18n.get_locale();
        let others = language::ALL.into_iter().filter(move |locale| *locale != read);
        let button = |locale: Locale| {
            view! {
                <button class="quiet" name="lang" value=locale.tag() lang=locale.tag()>
                    {language::own_name(locale)}
                </button>
            }
        };
        others.map(button).collect_view()
    };
    view! {
        <SentForm sending=sending on_send=Callback::new(follow)>
            {others}
        </SentForm>
    }
}
