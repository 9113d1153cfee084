//! The choices of language and theme: plain forms, which a hydrated page follows at once.

use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::preferences::{SetLanguage, SetTheme},
    components::icons::{Icon, IconName},
    i18n::*,
    language::{self, Tag},
    theme::{Theme, use_theme},
};

/// Goes from the device's choice to dark, to light, and back.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let i18n = use_i18n();
    let theme = use_theme();
    let action = ServerAction::<SetTheme>::new();
    let sent = action.input();
    Effect::new(move |_| {
        if let Some(chosen) = sent.get().and_then(|input| Theme::from_name(&input.theme)) {
            theme.set(chosen);
        }
    });
    let label = move || match theme.get() {
        Theme::Auto => t_string!(i18n, common.theme_auto),
        Theme::Light => t_string!(i18n, common.theme_light),
        Theme::Dark => t_string!(i18n, common.theme_dark),
    };
    view! {
        <ActionForm action=action>
            <input type="hidden" name="theme" value=move || theme.get().next().as_str() />
            <button class="icon-button" aria-label=label title=label>
                <Icon name=IconName::Theme />
            </button>
        </ActionForm>
    }
}

/// One button for each language but the one that is read.
#[component]
pub fn LanguageSwitch() -> impl IntoView {
    let i18n = use_i18n();
    let action = ServerAction::<SetLanguage>::new();
    let sent = action.input();
    Effect::new(move |_| {
        if let Some(chosen) = sent.get().and_then(|input| language::from_name(&input.lang)) {
            i18n.set_locale(chosen);
        }
    });
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
    view! { <ActionForm action=action>{others}</ActionForm> }
}
