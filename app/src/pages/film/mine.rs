//! What is mine on a film's page: my rating, whether it may be recommended, and why it is.

use leptos::prelude::*;
use matinee_domain::{MovieId, PredictedStars, Reason, activity::Mark};

use crate::{
    api::movies::MyFilm,
    components::{
        markup::push_text,
        reasons::{Because, MarkForm, Shares},
        stars::push_stars,
        stars_input::StarsInput,
        words::{around, figures, fill},
    },
    feedback::use_feedback,
    i18n::{t_string, td_string, use_i18n},
    language::tr,
};

/// My rating. Visitors see the stars too: rating leads them to sign in.
#[component]
pub fn Mine(
    movie: MovieId,
    /// `None` for visitors.
    mine: Option<MyFilm>,
) -> impl IntoView {
    let stars = mine.as_ref().and_then(|mine| mine.stars);
    let mark = mine.map(|mine| view! { <NotInterested movie=movie marked=mine.not_interested /> });
    view! {
        <div class="film__mine">
            <StarsInput movie=movie current=Signal::stored(stars) />
            {mark}
        </div>
    }
}

#[component]
fn NotInterested(movie: MovieId, marked: bool) -> impl IntoView {
    let i18n = use_i18n();
    let feedback = use_feedback();
    let marked = Signal::derive(move || feedback.marked(movie, Mark::NotInterested).unwrap_or(marked));
    let text = move || {
        if marked.get() { t_string!(i18n, film.interested) } else { t_string!(i18n, rating.not_interested) }
    };
    view! {
        <MarkForm
            movie=movie
            mark=Mark::NotInterested
            on=Signal::derive(move || !marked.get())
            class="quiet quiet--ink"
        >
            {text}
        </MarkForm>
    }
}

/// Why the film is recommended, if it is.
#[component]
pub fn Why(
    /// Largest share first.
    reasons: Vec<Reason>,
    /// What I would give it.
    predicted: Option<PredictedStars>,
) -> impl IntoView {
    (!reasons.is_empty()).then(|| {
        view! {
            <section class="film__section" aria-labelledby="why">
                <h2 id="why">{tr!(film.why)}</h2>
                <Because reasons=reasons.clone() />
                <Shares reasons=reasons />
                {predicted.map(|predicted| view! { <Predicted predicted=predicted /> })}
            </section>
        }
    })
}

/// What I would give it, and how sure that is.
#[component]
fn Predicted(predicted: PredictedStars) -> impl IntoView {
    let i18n = use_i18n();
    let [stars, low, high] = predicted.ratings();
    let sentence = move || {
        let locale = i18n.get_locale();
        let (before, after) = around(td_string!(locale, film.predicted), "stars");
        let mut html = String::new();
        push_text(&mut html, before);
        push_stars(&mut html, locale, stars);
        push_text(&mut html, &fill(after, &[("low", &figures(low)), ("high", &figures(high))]));
        html
    };
    view! { <p class="film__predicted" inner_html=sentence></p> }
}
