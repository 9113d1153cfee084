//! The home page: for visitors what people love, for people with an account what is theirs.

mod hero;
mod opening;
mod rows;
mod tonight;

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_query_map;
use matinee_domain::{
    RecommendationSource,
    home::{Home, RowTitle},
};

use crate::{
    api::home::LoadHome,
    components::{empty_state::EmptyState, skeletons::RowSkeleton},
    language::{tr, tr_signal},
    pages::not_found::FailedPage,
    remote::load_since,
    viewer::use_viewer,
};
use hero::Hero;
use opening::Opening;
use rows::{HomeRows, OneRow};
use tonight::Tonight;

/// The home page. It is fetched anew whenever the person's taste changes; what was there stays until then. It shows the beginning of
/// each row; once somebody moves along one, the whole rows are fetched. `?row=loved` is the page of one row.
#[component]
pub fn HomePage() -> impl IntoView {
    let viewer = use_viewer();
    let query = use_query_map();
    let alone = Memo::new(move |_| query.with(|query| query.get("row")));
    let moved = RwSignal::new(false);
    let input = move || LoadHome { whole: moved.get() || alone.with(Option::is_some) };
    let home = load_since(move || viewer.taste_version(), input);
    let content = move || {
        let alone = alone.get();
        Suspend::new(async move {
            let signed_in = viewer.account_now().await.is_some();
            match home.await {
                Ok(home) => view! { <Programme home=home signed_in=signed_in alone=alone moved=moved /> }.into_any(),
                Err(error) => {
                    let title = tr_signal!(home.failed_title);
                    view! { <FailedPage title=title error=error /> }.into_any()
                }
            }
        })
    };
    view! {
        <Title text=tr!(home.title) />
        <Meta name="description" content=tr!(home.hero_lede) />
        <Transition fallback=|| view! { <RowSkeleton /> }>{content}</Transition>
    }
}

#[component]
fn Programme(
    home: Home,
    signed_in: bool,
    /// The one row to show, by its key.
    alone: Option<String>,
    moved: RwSignal<bool>,
) -> impl IntoView {
    let Home { mut rows, source, rated, ask } = home;
    if rows.is_empty() && ask.is_empty() {
        let title = tr_signal!(home.empty_title);
        let text = tr_signal!(home.empty_text);
        return view! {
            <EmptyState title=title text=text>
                <a class="button" href="" rel="external">
                    {tr!(common.try_again)}
                </a>
            </EmptyState>
        }
        .into_any();
    }
    let place = alone.and_then(|key| rows.iter().position(|row| row.title.key() == key));
    if let Some(place) = place {
        return view! { <OneRow row=rows.swap_remove(place) /> }.into_any();
    }
    let asking = !ask.is_empty();
    let resting = signed_in && source == RecommendationSource::Popular && rated > 0;
    let top = if asking {
        view! { <Opening rated=rated films=ask /> }.into_any()
    } else if !signed_in {
        view! { <Hero rows=&rows /> }.into_any()
    } else {
        let first = rows.iter_mut().find(|row| row.title == RowTitle::ForYou && row.items.len() > 1);
        match first.map(|row| row.items.remove(0)) {
            Some(first) => view! { <Tonight first=first /> }.into_any(),
            None => view! { <h1 class="visually-hidden">{tr!(home.title)}</h1> }.into_any(),
        }
    };
    view! {
        {top}
        {resting.then(|| view! { <p class="notice">{tr!(home.resting)}</p> })}
        <HomeRows rows=rows moved=moved />
    }
    .into_any()
}
