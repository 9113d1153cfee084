//! A film of the list, and what it is for each.

use leptos::prelude::*;
use matinee_app::{
    components::{
        markup::{push_all, push_element, push_text},
        poster::Poster,
        stars::push_stars,
        words::around,
    },
    i18n::Locale,
    plain::EveningWords,
};
use matinee_domain::{Reason, ReasonKind};
use matinee_services::evening::{ForOne, JointFilm};

use super::Shown;

/// Films that are named as reasons for one person.
const NAMED: usize = 2;
/// The least share of a rated film that is named beside what holds for everybody.
const WORTH_NAMING: f32 = 0.05;

pub fn item(locale: Locale, words: &'static EveningWords, shown: &Shown, film: &JointFilm) -> AnyView {
    let each: Vec<_> = shown
        .evening
        .guests
        .iter()
        .zip(&film.each)
        .map(|(guest, one)| {
            view! {
                <li class="evening__for">
                    <b>{words.for_whom.replace("{name}", &guest.name)}</b>
                    <span class="evening__content">{words.content(one.contentment)}</span>
                    <span class="evening__why" inner_html=why(locale, words, one)></span>
                </li>
            }
        })
        .collect();
    view! {
        <li class="described__film">
            <Poster film=&film.movie />
            <div class="described__text">
                <h3 class="described__title">
                    <a href=film.movie.path() rel="external">
                        {film.movie.title.clone()}
                    </a>
                    " "
                    <span class="described__year">{film.movie.year.map(matinee_domain::Year::get)}</span>
                </h3>
                <ul class="evening__each">{each}</ul>
            </div>
        </li>
    }
    .into_any()
}

/// The weightiest kind of reason, with its films: what somebody rated before what holds for everybody.
fn why(locale: Locale, words: &EveningWords, one: &ForOne) -> String {
    let share = |kind| one.reasons.iter().filter(|reason| reason.kind == kind).map(|reason| reason.share).sum::<f32>();
    let kinds = [ReasonKind::Rated, ReasonKind::Searched, ReasonKind::Viewed, ReasonKind::Popular];
    let heaviest = kinds.into_iter().rev().max_by(|a, b| share(*a).total_cmp(&share(*b)));
    let Some(heaviest) = heaviest.filter(|kind| share(*kind) > 0.0) else { return String::new() };
    let is_worth_naming = |reason: &Reason| reason.kind == ReasonKind::Rated && reason.share >= WORTH_NAMING;
    let kind = if heaviest == ReasonKind::Popular && one.reasons.iter().any(is_worth_naming) {
        ReasonKind::Rated
    } else {
        heaviest
    };
    let films: Vec<_> = one.reasons.iter().filter(|reason| reason.kind == kind && reason.movie.is_some()).collect();
    let template = match kind {
        ReasonKind::Popular => words.because_popular,
        _ if films.is_empty() => words.because_looked,
        ReasonKind::Rated => words.because_gave,
        ReasonKind::Searched => words.because_searched,
        ReasonKind::Viewed => words.because_viewed,
    };
    let (before, after) = around(template, "films");
    let mut html = String::new();
    push_text(&mut html, before);
    if template != words.because_popular && template != words.because_looked {
        for (place, reason) in films.into_iter().take(NAMED).enumerate() {
            if place > 0 {
                push_all(&mut html, &[" ", words.and, " "]);
            }
            push_film(&mut html, locale, reason);
        }
    }
    push_text(&mut html, after);
    html
}

fn push_film(html: &mut String, locale: Locale, reason: &Reason) {
    let Some(movie) = &reason.movie else { return };
    html.push_str("<a rel=\"external\" href=\"");
    push_text(html, &movie.path);
    html.push_str("\">");
    push_element(html, "cite", "", &movie.title);
    html.push_str("</a>");
    if let Some(stars) = reason.stars {
        html.push(' ');
        push_stars(html, locale, stars);
    }
}

#[cfg(test)]
mod tests {
    use matinee_app::plain::evening;
    use matinee_domain::{MovieId, Stars, recommendation::ReasonMovie};
    use uuid::Uuid;

    use super::*;

    fn reason(kind: ReasonKind, title: Option<&str>, share: f32) -> Reason {
        let movie = title.map(|title| ReasonMovie {
            id: MovieId(Uuid::nil()),
            title: title.to_owned(),
            path: "/film/1/x".to_owned(),
        });
        let stars = (kind == ReasonKind::Rated).then(|| Stars::from_half_stars(9).unwrap());
        Reason { kind, movie, stars, share }
    }

    fn said(reasons: &[Reason]) -> String {
        why(Locale::en, evening(Locale::en), &ForOne { contentment: 1.0, reasons: reasons.to_vec() })
    }

    #[test]
    fn what_somebody_rated_is_named_before_what_holds_for_everybody() {
        let (alien, popular) =
            (reason(ReasonKind::Rated, Some("Alien <3"), 0.2), reason(ReasonKind::Popular, None, 0.8));
        let text = said(&[popular.clone(), alien]);
        assert!(text.starts_with("gave <a") && text.contains("Alien &lt;3") && text.contains("<svg"), "{text}");
        assert_eq!(said(&[popular]), "many people love it");
        assert_eq!(said(&[]), "");
    }

    #[test]
    fn what_others_looked_at_is_said_without_a_title() {
        assert_eq!(said(&[reason(ReasonKind::Viewed, None, 0.9)]), "by what they looked at");
        let own = said(&[reason(ReasonKind::Viewed, Some("Alien"), 0.9)]);
        assert!(own.starts_with("looked at <a"), "{own}");
    }
}
