//! Stars that somebody gave, and everybody's mean, with what is said of them in the reader's language.

use leptos::prelude::*;
use matinee_domain::Stars;

use crate::{
    components::{
        markup::{push_all, push_element},
        words::{mean_figures, stars_in_words},
    },
    i18n::{Locale, td_string, use_i18n},
};

/// A star on a 20 × 20 grid: whole, its left half, and the edge of its right half.
const STAR: &str = "M10 1.6l2.6 5.6 6.1.7-4.5 4.2 1.2 6-5.4-3-5.4 3 1.2-6L1.3 7.9l6.1-.7z";
const LEFT_HALF: &str = "M10 1.6v13.5l-5.4 3 1.2-6L1.3 7.9l6.1-.7z";
const RIGHT_EDGE: &str = "M10 1.6l2.6 5.6 6.1.7-4.5 4.2 1.2 6-5.4-3";

/// Appends five stars in a line of text.
pub fn push_stars(html: &mut String, locale: Locale, stars: Stars) {
    let label = stars_in_words(locale, stars);
    push_all(html, &["<svg class=\"starline\" viewBox=\"0 0 112 20\" role=\"img\" aria-label=\"", &label, "\">"]);
    for place in 0..5_u8 {
        let (on, off) = match stars.half_stars().saturating_sub(place * 2) {
            0 => ("", STAR),
            1 => (LEFT_HALF, RIGHT_EDGE),
            _ => (STAR, ""),
        };
        let shift = (u32::from(place) * 23).to_string();
        for (class, d) in [("on", on), ("off", off)].into_iter().filter(|(_, d)| !d.is_empty()) {
            push_all(
                html,
                &["<path class=\"starline__", class, "\" transform=\"translate(", &shift, ")\" d=\"", d, "\"></path>"],
            );
        }
    }
    html.push_str("</svg>");
}

/// Appends the mean of all ratings, one star and a number; nothing where there are none (0).
pub fn push_mean(html: &mut String, locale: Locale, mean: f32) {
    if mean > 0.0 {
        html.push_str("<span class=\"score\">");
        push_score(html, locale, mean);
        html.push_str("</span>");
    }
}

fn push_score(html: &mut String, locale: Locale, mean: f32) {
    push_all(
        html,
        &["<svg class=\"score__star\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path d=\"", STAR, "\"></path></svg>"],
    );
    push_element(html, "span", " class=\"visually-hidden\"", td_string!(locale, rating.mean_label));
    push_all(html, &[" ", &mean_figures(locale, mean)]);
}

/// The mean of all ratings; nothing where there are none.
#[component]
pub fn MeanScore(
    /// In stars; 0 where nobody has rated.
    mean: f32,
) -> impl IntoView {
    let i18n = use_i18n();
    let score = move || {
        let mut html = String::new();
        push_score(&mut html, i18n.get_locale(), mean);
        html
    };
    (mean > 0.0).then(|| view! { <span class="score" inner_html=score></span> })
}
