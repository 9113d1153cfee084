//! How everybody rated the film.

use leptos::prelude::*;
use matinee_domain::{Histogram, MovieId, RatingSummary, Stars};

use crate::{
    components::{
        icons::{HistogramBars, has_half_stars},
        words::{figures, fill, mean_figures},
    },
    feedback::use_feedback,
    i18n::{Locale, t_string, td_string, use_i18n},
    language::tr,
};

#[component]
pub fn HistogramFigure(
    movie: MovieId,
    histogram: Histogram,
    rating: RatingSummary,
    mine: Option<Stars>,
) -> impl IntoView {
    let i18n = use_i18n();
    let feedback = use_feedback();
    let mine = Signal::derive(move || feedback.rating(movie).unwrap_or(mine));
    let from = move || match rating.count {
        1 => t_string!(i18n, film.from_single).to_owned(),
        many => fill(t_string!(i18n, film.from_many), &[("count", &many.to_string())]),
    };
    let figure = if rating.count == 0 {
        view! { <p>{tr!(film.from_nobody)}</p> }.into_any()
    } else {
        view! {
            <figure class="histogram">
                <div class="histogram__mean">
                    <span class="histogram__figure">{move || mean_figures(i18n.get_locale(), rating.mean)}</span>
                    <span>{tr!(film.of_five)} ", " {from}</span>
                </div>
                {move || view! { <HistogramBars histogram=histogram mine=mine label=spoken(i18n.get_locale(), histogram) /> }}
                <div class="histogram__scale" aria-hidden="true">
                    <span>{if has_half_stars(histogram) { "½" } else { "1" }}</span>
                    <span>{tr!(film.five_stars)}</span>
                </div>
            </figure>
        }
        .into_any()
    };
    view! {
        <section class="film__section" aria-labelledby="everybody">
            <h2 id="everybody">{tr!(film.everybody)}</h2>
            {figure}
        </section>
    }
}

/// The bars in words, best rating first.
fn spoken(locale: Locale, histogram: Histogram) -> String {
    let ratings: Vec<_> = Stars::all().zip(histogram.0).collect();
    let bars = ratings.into_iter().rev().map(|(stars, count)| {
        fill(td_string!(locale, film.bar), &[("stars", &figures(stars)), ("count", &count.to_string())])
    });
    let bars: Vec<_> = bars.collect();
    fill(td_string!(locale, film.histogram), &[("bars", &bars.join("; "))])
}
