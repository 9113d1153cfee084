//! My ratings: sorted, filtered, changed, removed.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use matinee_domain::{MyRating, Page};

use super::{
    failed::Failed,
    rated_film::RatedFilm,
    rating_query::{PAGE, RatingQuery},
    sorting::Sorting,
};
use crate::{
    api::activity::MyRatings,
    components::{empty_state::EmptyState, skeletons::ListingSkeleton, words::fill},
    i18n::{t_string, use_i18n},
    language::{tr, tr_signal},
    remote::load,
};

/// `/ratings?sort=…&title=…&stars=…&page=…`
#[component]
pub fn RatingsPage() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(RatingQuery::read));
    let ratings = load(move || MyRatings { address: query.with(|query| query.path(query.page)) });
    let title = tr!(account.ratings.title);
    let note = move || {
        let (page, all) = ratings.get()?.ok()?;
        (all > 0).then(|| view! { <Counts query=query found=page.total all=all /> })
    };
    let content = move || {
        ratings.get().map(|result| match result {
            Ok((_, 0)) => view! { <NoRatings /> }.into_any(),
            Ok((page, _)) => view! { <Ratings query=query page=page /> }.into_any(),
            Err(error) => view! { <Failed error=error back=query.get().path(1) /> }.into_any(),
        })
    };
    view! {
        <Title text=title />
        <div class="opening">
            <h1 class="opening__title">{title}</h1>
            <Transition>{note}</Transition>
        </div>
        <Transition fallback=|| view! { <ListingSkeleton /> }>{content}</Transition>
    }
}

/// How many films are rated, and how many of them are shown.
#[component]
fn Counts(query: Memo<RatingQuery>, found: u64, all: u64) -> impl IntoView {
    let i18n = use_i18n();
    let text = move || {
        let count = match all {
            1 => t_string!(i18n, account.ratings.count_one).to_owned(),
            all => fill(t_string!(i18n, account.ratings.count), &[("count", &all.to_string())]),
        };
        let note = t_string!(i18n, account.ratings.note);
        if query.with(RatingQuery::is_filtered) {
            let found = fill(t_string!(i18n, account.ratings.found), &[("found", &found.to_string())]);
            format!("{count}, {found}. {note}")
        } else {
            format!("{count}. {note}")
        }
    };
    view! {
        <p class="opening__note" role="status">
            {text}
        </p>
    }
}

#[component]
fn NoRatings() -> impl IntoView {
    view! {
        <EmptyState text=tr_signal!(account.ratings.empty_note)>
            <a class="button button--main" href="/">
                {tr!(account.ratings.empty_action)}
            </a>
            <a class="quiet" href="/search">
                {tr!(account.ratings.empty_search)}
            </a>
        </EmptyState>
    }
}

#[component]
fn Ratings(query: Memo<RatingQuery>, page: Page<MyRating>) -> impl IntoView {
    let total = page.total;
    let list = if page.items.is_empty() {
        view! {
            <EmptyState text=tr_signal!(account.ratings.no_match_note)>
                <a class="button" href="/ratings">
                    {tr!(account.ratings.reset)}
                </a>
            </EmptyState>
        }
        .into_any()
    } else {
        let items = page.items.into_iter().map(|rating| view! { <RatedFilm rating=rating /> });
        view! { <ul class="listing">{items.collect_view()}</ul> }.into_any()
    };
    view! {
        <Sorting query=query />
        {list}
        <Pages query=query total=total />
    }
}

/// Links to the pages beside this one; nothing where all is on one.
#[component]
fn Pages(query: Memo<RatingQuery>, total: u64) -> impl IntoView {
    let i18n = use_i18n();
    let last = u32::try_from(total.div_ceil(u64::from(PAGE))).unwrap_or(u32::MAX);
    (last > 1).then(|| {
        let at = query.get_untracked();
        let page = at.page.clamp(1, last);
        let of = move || {
            let (page, last) = (page.to_string(), last.to_string());
            fill(t_string!(i18n, account.ratings.page_of), &[("page", &page), ("pages", &last)])
        };
        let previous = (page > 1).then(|| {
            view! {
                <a class="button" rel="prev" href=at.path(page - 1)>
                    {tr!(account.ratings.previous)}
                </a>
            }
            .into_any()
        });
        let next = (page < last).then(|| {
            view! {
                <a class="button" rel="next" href=at.path(page + 1)>
                    {tr!(account.ratings.next)}
                </a>
            }
            .into_any()
        });
        let none = || view! { <span></span> }.into_any();
        view! {
            <nav class="pages" aria-label=tr!(account.ratings.pages)>
                {previous.unwrap_or_else(none)}
                <span class="figures">{of}</span>
                {next.unwrap_or_else(none)}
            </nav>
        }
    })
}
