//! Why a film is recommended: a sentence with links, the share of each reason, and the ways to disagree.

use leptos::{html, prelude::*};
use matinee_domain::{MovieCard, MovieId, Reason, ReasonKind, activity::Mark};

use crate::{
    api::marks::SetMark,
    components::{
        icons::{Icon, IconName, ShareBar},
        markup::{push_all, push_element, push_text},
        stars::push_stars,
        words::{around, fill, percent},
    },
    feedback::use_feedback,
    i18n::{Locale, t_string, td_string, use_i18n},
    language::tr,
};

/// The most reasons in a list of shares.
const MAX_SHARES: usize = 6;
/// The least share that is worth a line for all other reasons together.
const SMALLEST_REST: f32 = 0.01;
/// The least share of a film that is named beside a heavier reason.
const WORTH_NAMING: f32 = 0.05;

/// The kind of reason with the largest share of the score as a sentence: "Because you gave Alien ★★★★★ and Aliens ★★★★½".
#[component]
pub fn Because(
    /// Largest share first.
    reasons: Vec<Reason>,
) -> impl IntoView {
    let i18n = use_i18n();
    let sentence = move || {
        let mut html = String::new();
        push_because(&mut html, i18n.get_locale(), &reasons, 2);
        html
    };
    view! { <p class="because" inner_html=sentence></p> }
}

/// Appends the same sentence, with so many films at most. Largest share first.
pub fn push_because(html: &mut String, locale: Locale, reasons: &[Reason], films: usize) {
    let Some(kind) = heaviest_kind(reasons) else { return };
    let own = |reason: &Reason| reason.kind == ReasonKind::Rated && reason.share >= WORTH_NAMING;
    let (kind, template) = match kind {
        ReasonKind::Rated => (kind, td_string!(locale, rating.because_gave)),
        ReasonKind::Searched => (kind, td_string!(locale, rating.because_searched)),
        ReasonKind::Viewed => (kind, td_string!(locale, rating.because_viewed)),
        // What is the person's own is named beside what holds for everybody.
        ReasonKind::Popular if reasons.iter().any(own) => {
            (ReasonKind::Rated, td_string!(locale, rating.because_popular_too))
        }
        ReasonKind::Popular => return push_text(html, td_string!(locale, rating.because_popular)),
    };
    let alike: Vec<_> = reasons.iter().filter(|reason| reason.kind == kind).take(films).collect();
    let (before, after) = around(template, "films");
    push_text(html, before);
    for (place, reason) in alike.iter().enumerate() {
        match place {
            0 => {}
            place if place + 1 == alike.len() => push_all(html, &[" ", td_string!(locale, rating.and), " "]),
            _ => html.push_str(", "),
        }
        push_film(html, locale, reason);
    }
    push_text(html, after);
}

/// The kind whose reasons have the largest share together.
fn heaviest_kind(reasons: &[Reason]) -> Option<ReasonKind> {
    let share = |kind| reasons.iter().filter(|reason| reason.kind == kind).map(|reason| reason.share).sum::<f32>();
    let heavier = |a: &ReasonKind, b: &ReasonKind| share(*a).total_cmp(&share(*b));
    reasons.iter().map(|reason| reason.kind).rev().max_by(heavier)
}

/// Appends a reason's film as a link, with the stars it was given.
fn push_film(html: &mut String, locale: Locale, reason: &Reason) {
    let Some(movie) = &reason.movie else { return };
    push_all(html, &["<a href=\"", &movie.path, "\">"]);
    push_element(html, "cite", "", &movie.title);
    html.push_str("</a>");
    if let Some(stars) = reason.stars {
        html.push(' ');
        push_stars(html, locale, stars);
    }
}

/// Each reason with its share, and the way to leave it out of account.
#[component]
pub fn Shares(
    /// Largest share first.
    reasons: Vec<Reason>,
) -> impl IntoView {
    let rest = 1.0 - reasons.iter().take(MAX_SHARES).map(|reason| reason.share).sum::<f32>();
    let parts = reasons.into_iter().take(MAX_SHARES).map(|reason| view! { <SharePart reason=reason /> }).collect_view();
    let rest = (rest >= SMALLEST_REST).then(|| {
        view! {
            <li class="shares__part">
                <span class="shares__what">{tr!(rating.part_rest)}</span>
                <span class="shares__figure">{percent(rest)}</span>
                <span></span>
                <ShareBar share=rest />
            </li>
        }
    });
    view! { <ul class="shares">{parts} {rest}</ul> }
}

#[component]
fn SharePart(reason: Reason) -> impl IntoView {
    let i18n = use_i18n();
    let share = reason.share;
    let named = reason.clone();
    let what = move || {
        let locale = i18n.get_locale();
        let template = match named.kind {
            ReasonKind::Rated => td_string!(locale, rating.part_gave),
            ReasonKind::Searched => td_string!(locale, rating.part_searched),
            ReasonKind::Viewed => td_string!(locale, rating.part_viewed),
            ReasonKind::Popular => td_string!(locale, rating.part_popular),
        };
        let (before, after) = around(template, "film");
        let mut html = String::new();
        push_text(&mut html, before);
        push_film(&mut html, locale, &named);
        push_text(&mut html, after);
        html
    };
    let deny = match reason.movie {
        Some(movie) => view! {
            <MarkForm movie=movie.id mark=Mark::NotBecause class="quiet quiet--ink shares__deny">
                {tr!(rating.not_because)}
                <span class="visually-hidden">": "{movie.title}</span>
            </MarkForm>
        }
        .into_any(),
        None => view! { <span></span> }.into_any(),
    };
    view! {
        <li class="shares__part">
            <span class="shares__what" inner_html=what></span>
            <span class="shares__figure">{percent(share)}</span>
            {deny}
            <ShareBar share=share />
        </li>
    }
}

/// A button that sets a mark on a film, or takes it away.
#[component]
pub fn MarkForm(
    movie: MovieId,
    mark: Mark,
    /// Whether the mark is set or taken away.
    #[prop(default = true.into(), into)]
    on: Signal<bool>,
    /// The button's classes.
    class: &'static str,
    children: Children,
) -> impl IntoView {
    use leptos::server_fn::ServerFn;

    let feedback = use_feedback();
    view! {
        <form
            method="post"
            action=SetMark::url()
            on:submit=move |event| {
                event.prevent_default();
                feedback.mark(movie, mark, on.get_untracked());
                feedback.close_why();
            }
        >
            <input type="hidden" name="movie" value=movie.to_string() />
            <input type="hidden" name="mark" value=mark.as_str() />
            <input type="hidden" name="on" value=move || on.get().to_string() />
            <button class=class>{children()}</button>
        </form>
    }
}

/// Opens the sheet that tells all reasons of a film. Needs script; a film's own page tells them without.
#[component]
pub fn WhyButton(card: MovieCard, reasons: Vec<Reason>) -> impl IntoView {
    let feedback = use_feedback();
    let name = card.title.clone();
    view! {
        <button
            type="button"
            class="quiet quiet--ink with-script"
            aria-haspopup="dialog"
            on:click=move |_| feedback.open_why(card.clone(), reasons.clone())
        >
            {tr!(rating.more)}
            <span class="visually-hidden">" "{name}</span>
        </button>
    }
}

/// The sheet that [`WhyButton`] opens; stands once in the layout.
#[component]
pub fn WhySheet() -> impl IntoView {
    let i18n = use_i18n();
    let feedback = use_feedback();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let open = feedback.why().is_some();
        if let Some(dialog) = dialog.get() {
            match (open, dialog.open()) {
                (true, false) => drop(dialog.show_modal()),
                (false, true) => dialog.close(),
                _ => {}
            }
        }
    });
    view! {
        <dialog class="sheet" aria-labelledby="why-title" node_ref=dialog on:close=move |_| feedback.close_why()>
            {move || {
                feedback
                    .why()
                    .map(|(card, reasons)| {
                        let title = fill(t_string!(i18n, rating.why_title), &[("title", &card.title)]);
                        view! {
                            <div class="sheet__head">
                                <h2 id="why-title">{title}</h2>
                                <button
                                    type="button"
                                    class="icon-button"
                                    aria-label=td_string!(i18n.get_locale(), rating.close)
                                    on:click=move |_| feedback.close_why()
                                >
                                    <Icon name=IconName::Close />
                                </button>
                            </div>
                            <Shares reasons=reasons />
                            <div class="sheet__foot">
                                <MarkForm movie=card.id mark=Mark::NotInterested class="button">
                                    {tr!(rating.not_interested)}
                                </MarkForm>
                            </div>
                        }
                    })
            }}
        </dialog>
    }
}

#[cfg(test)]
mod tests {
    use matinee_domain::{Stars, recommendation::ReasonMovie};
    use uuid::Uuid;

    use super::*;

    fn popular(share: f32) -> Reason {
        Reason { kind: ReasonKind::Popular, movie: None, stars: None, share }
    }

    fn rated(title: &str, share: f32) -> Reason {
        let movie = ReasonMovie { id: MovieId(Uuid::nil()), title: title.to_owned(), path: "/film/1/x".to_owned() };
        Reason { kind: ReasonKind::Rated, movie: Some(movie), stars: Stars::from_half_stars(9).ok(), share }
    }

    fn said(reasons: &[Reason]) -> String {
        let mut html = String::new();
        push_because(&mut html, Locale::en, reasons, 2);
        html
    }

    #[test]
    fn the_heaviest_kind_of_reason_is_said_with_its_films() {
        let sentence = said(&[rated("Alien", 0.4), rated("Heat", 0.3), popular(0.3)]);
        assert!(
            sentence.starts_with("Because you gave <a href=\"/film/1/x\"><cite>Alien</cite></a> <svg"),
            "{sentence}"
        );
        assert!(sentence.contains(" and <a href=\"/film/1/x\"><cite>Heat</cite>"), "{sentence}");
    }

    #[test]
    fn what_is_ones_own_is_named_beside_what_holds_for_everybody() {
        let sentence = said(&[popular(0.7), rated("Alien", 0.3)]);
        assert!(sentence.starts_with("Many people love it, and you gave <a"), "{sentence}");
        assert_eq!(said(&[popular(0.97), rated("Alien", 0.03)]), "Because many people love it");
        assert_eq!(said(&[]), "");
    }
}
