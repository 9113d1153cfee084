//! The page of addresses that lead nowhere, and what other pages show when something failed.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    AppError,
    components::{empty_state::EmptyState, meta::page_not_found},
    i18n::use_i18n,
    language::tr,
};

/// No such page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    page_not_found();
    view! {
        <Title text=tr!(common.not_found_title) />
        <div class="state">
            <p class="state__code">{tr!(common.not_found_code)}</p>
            <h1 class="state__title">{tr!(common.not_found_title)}</h1>
            <p class="state__text">{tr!(common.not_found_text)}</p>
            <div class="state__do">
                <a class="button button--main" href="/search">
                    {tr!(common.to_search)}
                </a>
                <a class="quiet" href="/">
                    {tr!(common.to_home)}
                </a>
            </div>
        </div>
    }
}

/// A page that could not be made: what happened, and a way on.
#[component]
pub fn FailedPage(#[prop(into)] title: Signal<String>, error: AppError) -> impl IntoView {
    let i18n = use_i18n();
    let text = Signal::derive(move || error.text(i18n.get_locale()));
    view! {
        <Title text=move || title.get() />
        <EmptyState title=title text=text>
            <a class="button" href="" rel="external">
                {tr!(common.try_again)}
            </a>
            <a class="quiet" href="/">
                {tr!(common.to_home)}
            </a>
        </EmptyState>
    }
}
