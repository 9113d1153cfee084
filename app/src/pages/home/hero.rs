//! What greets a visitor.

use leptos::prelude::*;
use matinee_domain::{MovieCard, home::HomeRow};

use crate::{
    components::poster::{Poster, looks},
    language::tr,
};

/// Posters beside the greeting.
const POSTERS: usize = 3;

#[component]
pub fn Hero<'a>(rows: &'a [HomeRow]) -> impl IntoView + use<> {
    let mut films: Vec<&MovieCard> = Vec::with_capacity(POSTERS);
    for row in rows {
        let new = row.items.iter().map(|item| &item.movie).find(|movie| films.iter().all(|film| film.id != movie.id));
        films.extend(new.filter(|_| films.len() < POSTERS));
    }
    let looks = looks(films.iter().copied());
    let posters =
        films.into_iter().zip(looks).map(|(film, look)| view! { <Poster film=film look=look /> }).collect_view();
    view! {
        <section class="hero">
            <div>
                <h1>{tr!(home.hero_title)}</h1>
                <p class="hero__lede">{tr!(home.hero_lede)}</p>
                <div class="cluster">
                    <a class="button button--main" href="/register">
                        {tr!(home.hero_action)}
                    </a>
                    <a class="quiet" href="/sign-in">
                        {tr!(home.sign_in)}
                    </a>
                </div>
            </div>
            <div class="hero__posters" aria-hidden="true">
                {posters}
            </div>
        </section>
    }
}
