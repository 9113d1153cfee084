//! `/describe`: finding a film by what happens in it.

use axum::{
    extract::{Query, State},
    http::{HeaderMap, header},
    response::{Redirect, Response},
};
use futures::future::join_all;
use leptos::prelude::*;
use leptos_router::location::Url;
use matinee_app::{
    components::poster::Poster,
    i18n::Locale,
    plain::{DescribeWords, Sheet, describe},
};
use matinee_services::{
    Services,
    describing::{DescribedFilm, MAX_DESCRIPTION_CHARS, RankedBy},
};
use serde::Deserialize;

use super::{
    Frame, Refusal,
    pieces::{in_textarea, opening},
};

/// Films on the page.
const FILMS: u32 = 12;
/// Characters of a plot that are shown, about: enough to tell whether it is the film.
const PLOT_CHARS: usize = 240;

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
}

/// A film, and how its plot begins.
type Shown = (DescribedFilm, Option<String>);

pub async fn page(
    frame: Frame,
    State(services): State<Services>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let text: String = asked.q.trim().chars().take(MAX_DESCRIPTION_CHARS).collect();
    let found = if text.is_empty() { None } else { Some(services.describe(&text, FILMS).await?) };
    let (films, ranked_by) = match found {
        Some(found) => (with_plots(&services, found.films).await, Some(found.ranked_by)),
        None => (Vec::new(), None),
    };
    let draw = move |locale: Locale, _| {
        let words = describe(locale);
        let answer = ranked_by.map(|ranked_by| answer(words, &text, &films, ranked_by));
        let body = view! {
            {opening(words.title, words.note)}
            {form(words, &text)}
            {answer}
        };
        Sheet { title: words.title.to_owned(), body: body.into_any() }
    };
    Ok(frame.page(draw).await)
}

/// `/describe/here`: what was searched for on the page that the link stands on is the description to begin with.
pub async fn here(headers: HeaderMap) -> Redirect {
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match searched(referer) {
        Some(text) => Redirect::to(&format!("/describe?q={}", Url::escape(&text))),
        None => Redirect::to("/describe"),
    }
}

/// What the search page of this address looked for.
fn searched(address: &str) -> Option<String> {
    let address: url::Url = address.parse().ok()?;
    let is_search = address.path() == "/search";
    let text = address.query_pairs().find(|(name, _)| is_search && name == "q")?.1.into_owned();
    Some(text).filter(|text| !text.trim().is_empty())
}

async fn with_plots(services: &Services, films: Vec<DescribedFilm>) -> Vec<Shown> {
    let plots = films.iter().map(|film| services.movies.lookup(film.movie.id));
    // A film without its plot is still the film.
    let plots = join_all(plots).await.into_iter().map(|found| found.ok().flatten()?.plot);
    films.into_iter().zip(plots.map(|plot| plot.map(|plot| beginning(&plot)))).collect()
}

/// The first sentences, to the end of a word.
fn beginning(plot: &str) -> String {
    let plot = plot.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((end, _)) = plot.char_indices().nth(PLOT_CHARS) else { return plot };
    let whole = plot[..end].rsplit_once(' ').map_or(&plot[..end], |(whole, _)| whole);
    format!("{}…", whole.trim_end_matches([',', '.', ';', ':', '–', '-']))
}

fn form(words: &'static DescribeWords, text: &str) -> AnyView {
    view! {
        <form class="describe" action="/describe" method="get">
            <label class="field__label" for="description">
                {words.label}
            </label>
            <div class="describe__line">
                <textarea
                    class="input describe__text"
                    id="description"
                    name="q"
                    rows="2"
                    maxlength=MAX_DESCRIPTION_CHARS.to_string()
                    required
                    placeholder=words.example
                    inner_html=in_textarea(text)
                ></textarea>
                <button class="button button--main">{words.find}</button>
            </div>
        </form>
    }
    .into_any()
}

fn answer(words: &'static DescribeWords, text: &str, films: &[Shown], ranked_by: RankedBy) -> AnyView {
    if films.is_empty() {
        return view! {
            <section class="described">
                <h2>{words.nothing}</h2>
                <p class="described__how">{words.nothing_note}</p>
                <p>
                    <a class="button" href=format!("/search?q={}", Url::escape(text)) rel="external">
                        {words.by_title}
                    </a>
                </p>
            </section>
        }
        .into_any();
    }
    let how = match ranked_by {
        RankedBy::WordsAndMeaning => words.how,
        RankedBy::Words => words.how_by_words,
    };
    let items: Vec<_> = films.iter().map(|shown| item(words, text, shown, ranked_by)).collect();
    view! {
        <section class="described">
            <h2>{words.found}</h2>
            <p class="described__how" role="status">
                {how}
            </p>
            <ol class="described__films">{items}</ol>
        </section>
    }
    .into_any()
}

fn item(words: &'static DescribeWords, text: &str, (film, plot): &Shown, ranked_by: RankedBy) -> AnyView {
    let why = match (ranked_by, film.by_meaning, film.by_words) {
        (RankedBy::WordsAndMeaning, true, true) => Some(words.by_both),
        (RankedBy::WordsAndMeaning, true, false) => Some(words.by_meaning),
        (RankedBy::WordsAndMeaning, false, true) => Some(words.by_words),
        // All of them have the words: nothing to tell them apart by.
        _ => None,
    };
    let href = format!("{}?from={}", film.movie.path(), Url::escape(text));
    view! {
        <li class="described__film">
            <Poster film=&film.movie />
            <div class="described__text">
                <h3 class="described__title">
                    <a href=href rel="external">
                        {film.movie.title.clone()}
                    </a>
                    " "
                    <span class="described__year">{film.movie.year.map(matinee_domain::Year::get)}</span>
                </h3>
                {plot.clone().map(|plot| view! { <p class="described__plot">{plot}</p> })}
                {why.map(|why| view! { <p class="described__why">{why}</p> })}
            </div>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_searched_for_is_what_the_description_begins_with() {
        let text = searched("https://films.example.org/search?genre=Drama&q=a+man+relives%20the+day");
        assert_eq!(text.as_deref(), Some("a man relives the day"));
        for other in ["https://films.example.org/search?q=+", "https://films.example.org/?q=alien", "nonsense", ""] {
            assert_eq!(searched(other), None, "{other}");
        }
    }

    #[test]
    fn a_plot_ends_at_a_word() {
        assert_eq!(beginning(" A  man\nwakes. "), "A man wakes.");
        let long = beginning(&"wonderful ".repeat(60));
        assert!(long.ends_with("wonderful…") && long.chars().count() <= PLOT_CHARS + 1, "{long}");
    }
}
