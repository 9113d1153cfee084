//! `/admin/history/{change set}`: who, when, why, and what each row was before and after.

use axum::{
    extract::{Query, State},
    response::Response,
};
use leptos::prelude::*;
use matinee_app::plain::{Sheet, Words};
use matinee_domain::ChangeSetId;
use matinee_services::{Services, access::SeeHistory};
use serde::Deserialize;

use super::history::actor;
use crate::{
    api::extract::Id,
    pages::{
        Frame, Refusal,
        access::May,
        pieces::{changed_rows, moment, opening},
    },
};

#[derive(Deserialize)]
pub struct Page {
    /// The position of the first row.
    #[serde(default)]
    from: u64,
}

pub async fn page(
    May(admin): May<SeeHistory>,
    frame: Frame,
    State(services): State<Services>,
    Id(id): Id<ChangeSetId>,
    Query(Page { from }): Query<Page>,
) -> Result<Response, Refusal> {
    let (set, rows) = services.change_set(&admin, id, from).await?;
    let names = services.names_of_actors(&admin, std::slice::from_ref(&set)).await?;
    let draw = move |locale, words: &'static Words| {
        let title = words.reason(&set.reason).to_owned();
        let linked = |label: &'static str, ids: &[ChangeSetId]| {
            let links: Vec<_> = ids
                .iter()
                .take(20)
                .map(|id| view! { <a href=format!("/admin/history/{id}") rel="external">{id.to_string()}</a> })
                .collect();
            (!links.is_empty()).then(|| view! { <dt>{label}</dt><dd class="desk__ids">{links}</dd> })
        };
        let note = set.note.clone().map(|note| view! { <dt>{words.admin.note_of}</dt><dd>{note}</dd> });
        let request =
            set.request_id.clone().map(|id| view! { <dt>{words.admin.request}</dt><dd><code>{id}</code></dd> });
        let more = rows.last().filter(|_| rows.len() >= Services::ROWS_LISTED as usize).map(|last| {
            view! {
                <a class="button" href=format!("/admin/history/{id}?from={}", last.position + 1) rel="external">
                    {words.admin.more_rows}
                </a>
            }
        });
        let body = view! {
            {opening(title.clone(), "")}
            <div class="desk">
                <dl class="settings__facts">
                    <dt>{words.admin.when}</dt>
                    <dd>{moment(locale, set.at)}</dd>
                    <dt>{words.admin.who}</dt>
                    <dd>{actor(words, &names, set.by)}</dd>
                    {note}
                    {request}
                    {linked(words.admin.reverts, &set.reverts)}
                    {linked(words.admin.reverted_by, &set.reverted_by)}
                    <dt>{words.admin.id}</dt>
                    <dd>
                        <code>{id.to_string()}</code>
                    </dd>
                </dl>
                <p class="cluster">
                    <a class="button" href=format!("/admin/revert?by=change&of={id}") rel="external">
                        {words.admin.plan}
                    </a>
                    <a class="quiet" href="/admin/history" rel="external">
                        {words.admin.history}
                    </a>
                </p>
                {changed_rows(locale, words, &rows)}
                {more}
            </div>
        };
        Sheet { title, body: body.into_any() }
    };
    Ok(frame.page(draw).await)
}
