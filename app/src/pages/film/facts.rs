//! The line of facts under the title, and the film's other titles.

use leptos::prelude::*;
use matinee_domain::Movie;

use crate::{
    components::{
        facts::{Genres, running_time},
        stars::MeanScore,
    },
    i18n::use_i18n,
    language::tr,
};

#[component]
pub fn Facts<'a>(movie: &'a Movie) -> impl IntoView + use<> {
    let i18n = use_i18n();
    let card = &movie.card;
    let year = card.year.map(|year| {
        let href = format!("/search?from={year}&to={year}");
        view! { <a href=href>{year.get()}</a> }
    });
    let runtime =
        movie.runtime_min.map(|minutes| view! { <span>{move || running_time(i18n.get_locale(), minutes)}</span> });
    view! {
        <p class="film__facts">
            {year} {runtime} <Genres genres=card.genres.clone() links=true /> <MeanScore mean=card.rating.mean />
        </p>
    }
}

#[component]
pub fn OtherTitles<'a>(movie: &'a Movie) -> impl IntoView + use<> {
    let mut titles: Vec<String> = movie.original_title.iter().chain(&movie.alternative_titles).cloned().collect();
    titles.retain(|title| *title != movie.card.title);
    titles.dedup();
    if titles.is_empty() {
        return ().into_any();
    }
    let titles = titles.into_iter().enumerate().map(|(place, title)| {
        view! {
            {(place > 0).then_some(", ")}
            <cite>{title}</cite>
        }
    });
    view! { <p class="film__other-titles">{tr!(film.also)} " " {titles.collect_view()}</p> }.into_any()
}
