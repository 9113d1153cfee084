//! `/admin/history`: what was changed, latest first.

use std::collections::HashMap;

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use leptos::prelude::*;
use matinee_app::{
    i18n::Locale,
    plain::{Sheet, Words},
};
use matinee_domain::{ChangeSetId, UserId};
use matinee_services::{
    Services,
    access::SeeHistory,
    ports::{ChangeSet, ChangedBy},
};
use serde::Deserialize;

use super::selection::Fields;
use crate::pages::{
    Frame, Refusal,
    access::May,
    pieces::{moment, notice, opening},
};

#[derive(Deserialize)]
pub struct Page {
    #[serde(flatten)]
    fields: Fields,
    before: Option<ChangeSetId>,
    said: Option<String>,
}

pub async fn list(
    May(admin): May<SeeHistory>,
    frame: Frame,
    State(services): State<Services>,
    Query(Page { fields, before, said }): Query<Page>,
) -> Result<Response, Refusal> {
    let (status, wrong, sets) = match fields.selection() {
        Ok(which) => (StatusCode::OK, None, services.list_changes(&admin, &which, before).await?),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, Some(error), Vec::new()),
    };
    let names = services.names_of_actors(&admin, &sets).await?;
    let draw = move |locale, words: &'static Words| {
        let items: Vec<_> = sets.iter().map(|set| item(locale, words, &names, set)).collect();
        let list = if items.is_empty() {
            view! { <p>{words.admin.nothing}</p> }.into_any()
        } else {
            view! { <ol class="ledger">{items}</ol> }.into_any()
        };
        let earlier = sets.last().filter(|_| sets.len() >= Services::CHANGES_LISTED as usize).map(|last| {
            view! {
                <a class="button" href=format!("/admin/history?{}&before={}", fields.query(), last.id) rel="external">
                    {words.admin.earlier}
                </a>
            }
        });
        let body = view! {
            {opening(words.admin.history, words.admin.history_note)}
            {notice(words, said.as_deref())}
            <div class="desk">
                <form class="sorting" method="get" action="/admin/history">
                    {fields.view(words, wrong.as_ref())}
                    <button class="button">{words.admin.show}</button>
                    <button class="button" formaction="/admin/revert">
                        {words.admin.plan}
                    </button>
                </form>
                {list}
                {earlier}
            </div>
        };
        Sheet { title: words.admin.history.to_owned(), body: body.into_any() }
    };
    Ok(frame.page_of(status, draw).await)
}

fn item(locale: Locale, words: &'static Words, names: &Names, set: &ChangeSet) -> AnyView {
    let undone =
        (!set.reverted_by.is_empty()).then(|| view! { <span class="ledger__done">{words.changes.undone}</span> });
    view! {
        <li class="ledger__item">
            <div>
                <p class="ledger__what">
                    <a href=format!("/admin/history/{}", set.id) rel="external">
                        {words.reason(&set.reason).to_owned()}
                    </a>
                </p>
                <p class="ledger__facts">
                    {moment(locale, set.at)} {actor(words, names, set.by)}
                    <span>{words.changes.rows.replace("{count}", &set.entries.to_string())}</span>
                    {set.note.clone().map(|note| view! { <span>{note}</span> })}
                </p>
            </div>
            {undone}
        </li>
    }
    .into_any()
}

/// What people are called.
type Names = HashMap<UserId, String>;

/// Who made a change, with the way to their page.
pub fn actor(words: &'static Words, names: &Names, by: ChangedBy) -> AnyView {
    let name = if let ChangedBy::Person(Some(user)) = by { names.get(&user).cloned() } else { None };
    let who = name.unwrap_or_else(|| words.who(by).to_owned());
    match by {
        ChangedBy::Person(Some(user)) => view! {
            <span>
                <a href=format!("/admin/people/{user}") rel="external">
                    {who}
                </a>
            </span>
        }
        .into_any(),
        _ => view! { <span>{who}</span> }.into_any(),
    }
}
