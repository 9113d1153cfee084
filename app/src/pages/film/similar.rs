//! Films that the same people love, with what they share.

use leptos::prelude::*;
use matinee_domain::recommendation::Similar;

use crate::{
    components::{film_card::Cards, film_row::FilmRow},
    language::tr,
};

#[component]
pub fn SimilarFilms(similar: Vec<Similar>) -> impl IntoView {
    if similar.is_empty() {
        return ().into_any();
    }
    let title = tr!(film.similar).into_any();
    let note = tr!(film.similar_note).into_any();
    view! {
        <div class="film__similar">
            <FilmRow id="similar" title=title note=note cards=Cards::new(similar, "") />
        </div>
    }
    .into_any()
}
