//! What greets a visitor.

use leptos::prelude::*;
use matinee_domain::home::HomeRow;

use crate::{
    components::poster::{Poster, looks},
    i18n::*,
};

/// Posters beside the greeting.
const POSTERS: usize = 3;

#[component]
pub fn Hero<'a>(rows: &'a [HomeRow]) -> impl IntoView + use<> {
    let i18n = use_i18n();
    let films: Vec<_> = rows.iter().flat_map(|row| row.items.iter().take(1)).map(|item| &item.movie).take(POSTERS).collect();
    let looks = looks(films.iter().copied());
    let posters = films.into_iter().zip(looks).map(|(film, look)| view! { <Poster film=film look=look /> }).collect_view();
    view! {
        <section class="hero">
            <div>
                <h1>{t!(i18n, home.hero_title)}</h1>
                <p class="hero__lede">{t!(i18n, home.hero_lede)}</p>
                <div class="cluster">
                    <a class="button button--main" href="/register">
                        {t!(i18n, home.hero_action)}
                    </a>
                    <a class="quiet" href="/sign-in">
                        {t!(i18n, home.sign_in)}
                    </a>
                </div>
            </div>
            <div class="hero__posters" aria-hidden="true">
                {posters}
            </div>
        </section>
    }
}
