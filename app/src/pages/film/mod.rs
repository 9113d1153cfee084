//! A film's page: facts, my rating, why it is recommended, plot, people, everybody's ratings, and films like it.

mod facts;
mod histogram;
mod json_ld;
mod mine;
mod people;
mod plot;
mod similar;

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_params_map, use_query_map},
    location::Url,
};

use crate::{
    AppError,
    api::movies::{FilmPageData, LoadFilm},
    components::{meta::PageMeta, poster::Poster, skeletons::GridSkeleton, words::fill},
    i18n::{t_string, use_i18n},
    language::{tr, tr_signal},
    pages::not_found::{FailedPage, NotFoundPage},
    remote::load_since,
    viewer::use_viewer,
};
use facts::{Facts, OtherTitles};
use histogram::HistogramFigure;
use json_ld::JsonLd;
use mine::{Mine, Why};
use people::{Elsewhere, People};
use plot::Plot;
use similar::SimilarFilms;

/// The page at `/film/{id}/{slug}`; other slugs lead to the right one.
#[component]
pub fn FilmPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let viewer = use_viewer();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let input = move || LoadFilm {
        id: id.get(),
        from: query.with_untracked(|query| query.get("from")).filter(|text| !text.is_empty()),
    };
    let film = load_since(move || viewer.taste_version(), input);
    let content = move || {
        Suspend::new(async move {
            match film.await {
                Ok(film) => view! { <Film film=film /> }.into_any(),
                Err(AppError::NotFound) => view! { <NotFoundPage /> }.into_any(),
                Err(error) => {
                    let title = tr_signal!(film.failed_title);
                    view! { <FailedPage title=title error=error /> }.into_any()
                }
            }
        })
    };
    view! { <Transition fallback=|| view! { <GridSkeleton cards=1 /> }>{content}</Transition> }
}

#[component]
fn Film(film: FilmPageData) -> impl IntoView {
    let i18n = use_i18n();
    let FilmPageData { movie, similar, mine } = film;
    let card = movie.card.clone();
    let (path, image) = (card.path(), format!("/poster/{}.svg", card.id));
    keep_canonical(&path);
    let heading = {
        let year = card.year.map(|year| format!(" ({year})")).unwrap_or_default();
        format!("{}{year}", card.title)
    };
    let description = {
        let (plot, heading) = (movie.plot.clone(), heading.clone());
        move || match &plot {
            Some(plot) => shortened(plot),
            None => fill(t_string!(i18n, film.description), &[("title", &heading)]),
        }
    };
    let mine_stars = mine.as_ref().and_then(|mine| mine.stars);
    let (reasons, predicted) = mine.as_ref().map(|mine| (mine.reasons.clone(), mine.predicted)).unwrap_or_default();
    let plot = movie.plot.as_deref().map(|plot| view! { <Plot plot=plot /> });
    let has_people = !movie.credits.is_empty();
    view! {
        <PageMeta
            title=Signal::stored(heading)
            description=Signal::derive(description)
            path=&path
            image=&image
            kind="video.movie"
        />
        <JsonLd movie=&movie />
        <article class="film">
            <div class="film__poster">
                <Poster film=&card />
            </div>
            <div class="film__body">
                <h1 class=title_class(&card.title)>{card.title.clone()}</h1>
                <Facts movie=&movie />
                <OtherTitles movie=&movie />
                <Mine movie=card.id mine=mine />
                <Why reasons=reasons predicted=predicted />
                {plot}
                <div class="film__pair">
                    <section class="film__section" aria-labelledby=has_people.then_some("people")>
                        {has_people.then(|| view! { <h2 id="people">{tr!(film.people)}</h2> })}
                        <People credits=movie.credits.clone() />
                        <Elsewhere ids=movie.external_ids.clone() rated=movie.elsewhere />
                    </section>
                    <HistogramFigure movie=card.id histogram=movie.histogram rating=card.rating mine=mine_stars />
                </div>
            </div>
        </article>
        <SimilarFilms similar=similar />
    }
}

fn title_class(title: &str) -> &'static str {
    match title.chars().count() {
        0..=28 => "film__title",
        29..=56 => "film__title film__title--long",
        _ => "film__title film__title--longer",
    }
}

/// The first sentences, as long as previews show them.
fn shortened(plot: &str) -> String {
    const MAX_CHARS: usize = 200;
    if plot.chars().count() <= MAX_CHARS {
        return plot.to_owned();
    }
    let cut: String = plot.chars().take(MAX_CHARS).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

/// Sends those who came by another slug to the page's own address; the search that led here goes along.
fn keep_canonical(path: &str) {
    let location = use_location();
    let here = location.pathname.get_untracked();
    if Url::unescape(&here) == Url::unescape(path) {
        return;
    }
    let target = format!("{path}{}", location.query.with_untracked(leptos_router::params::ParamsMap::to_query_string));
    #[cfg(feature = "ssr")]
    crate::api::redirect_for_good(&target);
    let navigate = use_navigate();
    Effect::new(move |_| {
        navigate(&target, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_end_at_a_word() {
        let plot = "word ".repeat(60);
        let short = shortened(&plot);
        assert!(short.ends_with("word…") && short.chars().count() <= 201, "{short}");
        assert_eq!(shortened("A short plot."), "A short plot.");
    }
}
