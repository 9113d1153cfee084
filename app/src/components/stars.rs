//! Stars that somebody gave, and everybody's mean, with what is said of them in the reader's language.

use leptos::prelude::*;
use matinee_domain::Stars;

use crate::{
    components::{
        icons::{Score, StarLine},
        words::stars_in_words,
    },
    i18n::{t_string, use_i18n},
};

/// Five stars in a line of text.
#[component]
pub fn GivenStars(stars: Stars) -> impl IntoView {
    let i18n = use_i18n();
    move || view! { <StarLine stars=stars label=stars_in_words(i18n.get_locale(), stars) /> }
}

/// The mean of all ratings; nothing where there are none.
#[component]
pub fn MeanScore(
    /// In stars; 0 where nobody has rated.
    mean: f32,
) -> impl IntoView {
    let i18n = use_i18n();
    (mean > 0.0).then_some(move || view! { <Score mean=mean label=t_string!(i18n, rating.mean_label).to_owned() /> })
}
