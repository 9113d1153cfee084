//! The bar: brand, search, places. On a phone the places move to the bottom edge by CSS.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    components::{
        icons::{Icon, IconName, Mark},
        search_box::SearchBox,
        switches::ThemeSwitch,
    },
    language::tr,
    viewer::use_viewer,
};

#[component]
pub fn Bar() -> impl IntoView {
    view! {
        <header class="bar">
            <a class="brand" href="/" aria-label=tr!(common.brand_home)>
                <Mark />
                "Matinee"
            </a>
            <SearchBox />
            <div class="bar__end">
                <nav class="places" aria-label=tr!(common.nav)>
                    <A href="/" exact=true attr:class="places__link places__link--phone">
                        <Icon name=IconName::Home class="places__icon" />
                        {tr!(common.nav_home)}
                    </A>
                    <A href="/search" attr:class="places__link places__link--phone">
                        <Icon name=IconName::Search class="places__icon" />
                        {tr!(common.nav_search)}
                    </A>
                    <Personal />
                </nav>
                <div class="bar__tools">
                    <ThemeSwitch />
                </div>
            </div>
        </header>
    }
}

/// The places of a person, or the ways to become one.
#[component]
fn Personal() -> impl IntoView {
    let viewer = use_viewer();
    let mine = move |name: String| {
        view! {
            <A href="/ratings" attr:class="places__link">
                <Icon name=IconName::Star class="places__icon" />
                {tr!(common.nav_ratings)}
            </A>
            <A href="/account" attr:class="places__link">
                <Icon name=IconName::Account class="places__icon" />
                <span class="places__name">{name}</span>
                <span class="places__label">{tr!(common.nav_account)}</span>
            </A>
        }
    };
    let ways_in = move || {
        view! {
            <A href="/register" attr:class="places__link">
                <Icon name=IconName::Star class="places__icon" />
                {tr!(common.nav_register)}
            </A>
            <A href="/sign-in" attr:class="places__link">
                <Icon name=IconName::Account class="places__icon" />
                {tr!(common.nav_sign_in)}
            </A>
        }
    };
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match viewer.account_now().await {
                    Some(account) => leptos::either::Either::Left(mine(account.name)),
                    None => leptos::either::Either::Right(ways_in()),
                }
            })}
        </Transition>
    }
}
