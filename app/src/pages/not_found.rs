//! The page of addresses that lead nowhere, and what other pages show when something failed.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    AppError,
    components::{empty_state::EmptyState, meta::page_not_found},
    i18n::*,
};

/// No such page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let i18n = use_i18n();
    page_not_found();
    view! {
        <Title text=move || t_string!(i18n, common.not_found_title) />
        <div class="state">
            <p class="state__code">{t!(i18n, common.not_found_code)}</p>
            <h1 class="state__title">{t!(i18n, common.not_found_title)}</h1>
            <p class="state__text">{t!(i18n, common.not_found_text)}</p>
            <div class="state__do">
                <a class="button button--main" href="/search">
                    {t!(i18n, common.to_search)}
                </a>
                <a class="quiet" href="/">
                    {t!(i18n, common.to_home)}
                </a>
            </div>
        </div>
    }
}

/// A page that could not be made: what happened, and a way on.
#[component]
pub fn FailedPage(
    #[prop(into)] title: Signal<String>,
    error: AppError,
) -> impl IntoView {
    let i18n = use_i18n();
    let text = Signal::derive(move || error.text(i18n.get_locale()));
    view! {
        <Title text=move || title.get() />
        <EmptyState title=title text=text>
            <a class="button" href="" rel="external">
                {t!(i18n, common.try_again)}
            </a>
            <a class="quiet" href="/">
                {t!(i18n, common.to_home)}
            </a>
        </EmptyState>
    }
}
