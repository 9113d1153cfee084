//! `/edit/{film}/history`: what was changed of a film, and taking an edit back.

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use matinee_app::{
    i18n::Locale,
    plain::{Sheet, Words},
};
use matinee_domain::{ChangeSetId, MovieId};
use matinee_services::{Services, access::EditFilms, journal::FilmChange, ports::RevertReport};
use serde::Deserialize;

use crate::{
    api::extract::Id,
    pages::{
        Frame, Refusal,
        access::May,
        admin::revert::conflicts,
        pieces::{changed_rows, moment, notice, opening},
    },
};

#[derive(Deserialize)]
pub struct Page {
    before: Option<ChangeSetId>,
    said: Option<String>,
}

pub async fn list(
    May(editor): May<EditFilms>,
    frame: Frame,
    State(services): State<Services>,
    Id(movie): Id<MovieId>,
    Query(Page { before, said }): Query<Page>,
) -> Result<Response, Refusal> {
    let title = services.film_to_edit(&editor, movie).await?.data.title;
    let changes = services.film_changes(&editor, movie, before).await?;
    let draw = move |locale, words: &'static Words| {
        let heading = words.edit.history_of.replace("{title}", &title);
        let items: Vec<_> = changes.iter().map(|change| item(locale, words, movie, change)).collect();
        let earlier = changes.last().filter(|_| changes.len() >= 20).map(|last| {
            view! {
                <a class="button" href=format!("/edit/{movie}/history?before={}", last.set.id) rel="external">
                    {words.admin.earlier}
                </a>
            }
        });
        let body = view! {
            {opening(heading.clone(), words.edit.history_note)}
            {notice(words, said.as_deref())}
            <div class="desk">
                <p>
                    <a class="quiet" href=format!("/edit/{movie}") rel="external">
                        {words.edit.to_form}
                    </a>
                </p>
                <ol class="ledger">{items}</ol>
                {earlier}
            </div>
        };
        Sheet { title: heading, body: body.into_any() }
    };
    Ok(frame.page(draw).await)
}

fn item(locale: Locale, words: &'static Words, movie: MovieId, change: &FilmChange) -> AnyView {
    let FilmChange { set, rows, may_be_undone } = change;
    let undo = may_be_undone.then(|| {
        view! {
            <form method="post" action=format!("/edit/{movie}/history/{}/undo", set.id)>
                <button class="button">{words.changes.undo}</button>
            </form>
        }
    });
    let undone =
        (!set.reverted_by.is_empty()).then(|| view! { <span class="ledger__done">{words.changes.undone}</span> });
    view! {
        <li class="ledger__item ledger__item--long">
            <div>
                <p class="ledger__what">{words.reason(&set.reason).to_owned()}</p>
                <p class="ledger__facts">
                    {moment(locale, set.at)} " " <span>{words.who(set.by)}</span>
                    {set.note.clone().map(|note| view! { <span>{note}</span> })}
                </p>
            </div>
            {undo}
            {undone}
            <div class="ledger__rows">{changed_rows(locale, words, rows)}</div>
        </li>
    }
    .into_any()
}

/// Takes an edit back; where the film was changed since, says what stands in the way, and nothing is changed.
pub async fn undo(
    May(editor): May<EditFilms>,
    frame: Frame,
    State(services): State<Services>,
    Id((movie, id)): Id<(MovieId, ChangeSetId)>,
) -> Result<Response, Refusal> {
    let report = services.revert_edit(&editor, movie, id, false).await?;
    // One that is taken back already stays so.
    if report.conflict_count == 0 {
        return Ok(Redirect::to(&format!("/edit/{movie}/history?said=undone")).into_response());
    }
    let draw = move |_, words: &'static Words| refused(words, movie, &report);
    Ok(frame.page_of(StatusCode::CONFLICT, draw).await)
}

fn refused(words: &'static Words, movie: MovieId, report: &RevertReport) -> Sheet {
    let body = view! {
        {opening(words.revert.refused, words.revert.refused_note)}
        <div class="desk">
            {conflicts(words, report, None)}
            <p>
                <a class="button" href=format!("/edit/{movie}/history") rel="external">
                    {words.edit.to_history}
                </a>
            </p>
        </div>
    };
    Sheet { title: words.revert.refused.to_owned(), body: body.into_any() }
}
