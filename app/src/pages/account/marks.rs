//! Films that are left out of recommendations, and those that recommendations don't follow from.

use leptos::prelude::*;
use matinee_domain::{MovieCard, activity::Mark};

use crate::{
    components::{poster::Poster, reasons::MarkForm},
    feedback::use_feedback,
    i18n::{t_string, use_i18n},
    language::tr,
};

/// The films with one mark, each of which can lose it.
#[component]
pub fn Marks(mark: Mark, films: Vec<MovieCard>) -> impl IntoView {
    let (title, note, empty) = match mark {
        Mark::NotInterested => (
            tr!(account.account.hidden_title).into_any(),
            tr!(account.account.hidden_note).into_any(),
            tr!(account.account.hidden_empty).into_any(),
        ),
        Mark::NotBecause => (
            tr!(account.account.ignored_title).into_any(),
            tr!(account.account.ignored_note).into_any(),
            tr!(account.account.ignored_empty).into_any(),
        ),
    };
    let content = if films.is_empty() {
        view! { <p>{empty}</p> }.into_any()
    } else {
        let items = films.into_iter().map(|film| view! { <Marked mark=mark film=film /> });
        view! {
            <p>{note}</p>
            <ul class="listing">{items.collect_view()}</ul>
        }
        .into_any()
    };
    view! {
        <section class="settings__part">
            <h2>{title}</h2>
            {content}
        </section>
    }
}

/// One film. It stays in its place when it loses the mark, and can get it back.
#[component]
fn Marked(mark: Mark, film: MovieCard) -> impl IntoView {
    let i18n = use_i18n();
    let feedback = use_feedback();
    let id = film.id;
    let gone = Signal::derive(move || feedback.marked(id, mark) == Some(false));
    let label = move || {
        if gone.get() {
            t_string!(i18n, account.account.mark_again)
        } else {
            t_string!(i18n, account.account.mark_remove)
        }
    };
    view! {
        <li class="listing__item">
            <Poster film=&film class="poster--small" />
            <div>
                <h3 class="listing__title">
                    <a href=film.path()>{film.title.clone()}</a>
                </h3>
                <p class="listing__facts">{film.year.map(|year| year.to_string())}</p>
            </div>
            <div class="listing__do">
                <MarkForm movie=id mark=mark on=gone class="button">
                    {label}
                    <span class="visually-hidden">": "{film.title.clone()}</span>
                </MarkForm>
            </div>
        </li>
    }
}
