//! The search page: results, and filters that belong to the form in the bar. Hydrated, it follows what is typed.

mod filters;
pub mod question;

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_query_map;
use matinee_domain::search::SearchPage as Found;

use crate::{
    api::search::{FindFilms, PAGE},
    components::{
        empty_state::EmptyState,
        film_card::{Cards, FilmGrid},
        skeletons::GridSkeleton,
        words::fill,
    },
    i18n::{Locale, t_string, td_string, use_i18n},
    language::{tr, tr_signal},
    pages::not_found::FailedPage,
    remote::load,
};
use filters::Filters;
use question::Question;

/// The search page.
#[component]
pub fn SearchPage() -> impl IntoView {
    let i18n = use_i18n();
    let params = use_query_map();
    let question = Memo::new(move |_| params.with(Question::from_params));
    let found = load(move || FindFilms { address: question.with(Question::path) });
    let title = Signal::derive(move || heading(i18n.get_locale(), &question.get()));
    let results = move || {
        Suspend::new(async move {
            let found = found.await;
            let asked = question.get_untracked();
            match found {
                Ok(found) => view! { <Results found=found asked=asked /> }.into_any(),
                Err(error) => {
                    let title = tr_signal!(search.failed_title);
                    view! { <FailedPage title=title error=error /> }.into_any()
                }
            }
        })
    };
    view! {
        <Title text=move || title.get() />
        <Meta name="robots" content="noindex, follow" />
        <div class="search-page">
            <div class="results__head">
                <h1 class="results__title">{move || title.get()}</h1>
                <p class="results__count" role="status">
                    <Transition>{move || found.get().and_then(Result::ok).map(|found| count(i18n.get_locale(), found.total))}</Transition>
                </p>
            </div>
            <div class="results">
                <Filters question=question found=found />
                <div>
                    <Transition fallback=|| view! { <GridSkeleton /> }>{results}</Transition>
                </div>
            </div>
        </div>
    }
}

fn heading(locale: Locale, question: &Question) -> String {
    match question.q.trim() {
        "" => td_string!(locale, search.title_all).to_owned(),
        text => text.to_owned(),
    }
}

fn count(locale: Locale, total: u64) -> String {
    match total {
        0 => td_string!(locale, search.count_none).to_owned(),
        1 => td_string!(locale, search.count_single).to_owned(),
        many => fill(td_string!(locale, search.count), &[("count", &many.to_string())]),
    }
}

#[component]
fn Results(found: Found, asked: Question) -> impl IntoView {
    if found.movies.is_empty() {
        return view! { <Nothing asked=asked /> }.into_any();
    }
    let cards = Cards::new(found.movies, &asked.q);
    view! {
        <h2 class="visually-hidden">{tr!(search.found)}</h2>
        <FilmGrid cards=cards />
        <Pages total=found.total asked=asked />
    }
    .into_any()
}

#[component]
fn Nothing(asked: Question) -> impl IntoView {
    let i18n = use_i18n();
    let filtered = asked.is_filtered();
    let without = Question { q: asked.q, ..Question::default() }.path();
    let text = Signal::derive(move || {
        let text = if filtered { t_string!(i18n, search.none_filtered) } else { t_string!(i18n, search.none_text) };
        text.to_owned()
    });
    view! {
        <EmptyState text=text>
            {filtered
                .then(|| {
                    view! {
                        <a class="button" href=without>
                            {tr!(search.without_filters)}
                        </a>
                    }
                })}
            <a class=if filtered { "quiet" } else { "button" } href="/search">
                {tr!(search.all_films)}
            </a>
        </EmptyState>
    }
}

#[component]
fn Pages(total: u64, asked: Question) -> impl IntoView {
    let i18n = use_i18n();
    let pages = u32::try_from(total.div_ceil(u64::from(PAGE))).unwrap_or(u32::MAX);
    let page = asked.page();
    if pages <= 1 {
        return ().into_any();
    }
    let link = |page: u32| Question { page: Some(page), ..asked.clone() }.path();
    let previous = match (page > 1).then(|| link(page - 1)) {
        Some(href) => view! {
            <a class="button" href=href rel="prev">
                {tr!(search.previous)}
            </a>
        }
        .into_any(),
        None => view! { <span></span> }.into_any(),
    };
    let next = match (page < pages).then(|| link(page + 1)) {
        Some(href) => view! {
            <a class="button" href=href rel="next">
                {tr!(search.next)}
            </a>
        }
        .into_any(),
        None => view! { <span></span> }.into_any(),
    };
    let at = move || {
        let (page, pages) = (page.to_string(), pages.to_string());
        fill(t_string!(i18n, search.page_of), &[("page", &page), ("pages", &pages)])
    };
    view! {
        <nav class="pages" aria-label=tr!(search.pages)>
            {previous}
            <span class="pages__at">{at}</span>
            {next}
        </nav>
    }
    .into_any()
}
