//! Films that the same people love, with what they share.

use leptos::prelude::*;
use matinee_domain::{decimal::fixed, recommendation::Similar};

use crate::{
    components::{facts::genre_list, film_card::FilmCard, film_row::Row, poster::looks, words::fill},
    i18n::*,
    language::tr,
};

#[component]
pub fn SimilarFilms(similar: Vec<Similar>) -> impl IntoView {
    let i18n = use_i18n();
    if similar.is_empty() {
        return ().into_any();
    }
    let looks = looks(similar.iter().map(|similar| &similar.movie));
    let cards = similar.into_iter().zip(looks);
    let cards = cards.map(|(Similar { movie, likeness, shared_genres }, look)| {
        let why = move || {
            let locale = i18n.get_locale();
            let alike = fill(
                t_string!(i18n, film.likeness),
                &[("percent", &fixed(f64::from(likeness.clamp(0.0, 1.0)) * 100.0, 0))],
            );
            if shared_genres.is_empty() {
                return alike;
            }
            let shares = fill(t_string!(i18n, film.shares), &[("genres", &genre_list(locale, &shared_genres))]);
            format!("{shares} · {alike}")
        };
        view! {
            <FilmCard card=movie look=look>
                {why}
            </FilmCard>
        }
    });
    let cards = cards.collect_view();
    let title = tr!(film.similar).into_any();
    let note = tr!(film.similar_note).into_any();
    view! {
        <div class="film__similar">
            <Row id="similar" title=title note=note>
                {cards}
            </Row>
        </div>
    }
    .into_any()
}
