//! `/admin/revert`: the plan of a rollback, and the rollback. Where rows have conflicts the plan lists them, and whoever goes
//! on has to choose: leave those rows as they are, or put them back all the same.

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use matinee_app::{
    components::words::fill,
    plain::{Sheet, Words},
};
use matinee_services::{
    ServiceError, Services,
    access::RevertHistory,
    ports::{Obstacle, OnConflict, RevertReport, Step},
};
use serde::Deserialize;

use super::selection::Fields;
use crate::pages::{Frame, Refusal, access::May, pieces::opening};

/// Rows and conflicts that the page lists.
const LISTED: usize = 200;

/// What to do about conflicts.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conflicts {
    #[default]
    Refuse,
    Skip,
    Force,
}

impl From<Conflicts> for OnConflict {
    fn from(conflicts: Conflicts) -> Self {
        match conflicts {
            Conflicts::Refuse => Self::Refuse,
            Conflicts::Skip => Self::Skip,
            Conflicts::Force => Self::Force,
        }
    }
}

#[derive(Deserialize)]
pub struct Order {
    #[serde(flatten)]
    fields: Fields,
    #[serde(default)]
    conflicts: Conflicts,
}

/// What would be done, and the buttons that do it.
pub async fn plan(
    May(admin): May<RevertHistory>,
    frame: Frame,
    State(services): State<Services>,
    Query(fields): Query<Fields>,
) -> Result<Response, Refusal> {
    let which = fields.selection().map_err(ServiceError::from)?;
    let report = services.revert_changes(&admin, &which, OnConflict::Refuse, true, fields.note()).await?;
    Ok(frame.page(move |_, words| draw(words, &fields, &report)).await)
}

pub async fn revert(
    May(admin): May<RevertHistory>,
    frame: Frame,
    State(services): State<Services>,
    Form(Order { fields, conflicts }): Form<Order>,
) -> Result<Response, Refusal> {
    let which = fields.selection().map_err(ServiceError::from)?;
    let report = services.revert_changes(&admin, &which, conflicts.into(), false, fields.note()).await?;
    match report.change_set {
        Some(id) => Ok(Redirect::to(&format!("/admin/history/{id}")).into_response()),
        // Changed between the plan and the order, or nothing was left to do: the plan as it is now.
        None => Ok(frame.page_of(StatusCode::CONFLICT, move |_, words| draw(words, &fields, &report)).await),
    }
}

fn draw(words: &'static Words, fields: &Fields, report: &RevertReport) -> Sheet {
    let revert = &words.revert;
    let count = |template: &str| {
        let values = [
            ("sets", report.reverted.len() as u64),
            ("restored", report.restored),
            ("changed", report.changed),
            ("removed", report.removed),
            ("conflicts", report.conflict_count),
        ]
        .map(|(name, value)| (name, value.to_string()));
        fill(template, &values.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
    };
    let button = |conflicts: &'static str, class: &'static str, label: &'static str| {
        view! {
            <form method="post" action="/admin/revert">
                <input type="hidden" name="by" value=fields.by.clone() />
                <input type="hidden" name="of" value=fields.of.clone() />
                <input type="hidden" name="since" value=fields.since.clone() />
                <button class=class name="conflicts" value=conflicts>
                    {label}
                </button>
            </form>
        }
        .into_any()
    };
    let is_empty = report.restored + report.changed + report.removed + report.conflict_count == 0;
    let buttons = match (is_empty, report.conflict_count) {
        (true, _) => view! { <p>{revert.nothing}</p> }.into_any(),
        (_, 0) => button("refuse", "button button--main", revert.go),
        _ => view! { {button("skip", "button", revert.skip)} {button("force", "button button--wrong", revert.force)} }
            .into_any(),
    };
    let rows: Vec<_> = report
        .rows
        .iter()
        .take(LISTED)
        .map(|row| {
            let step = match row.step {
                Step::Restore => revert.restore,
                Step::Change => revert.change,
                Step::Remove => revert.remove,
            };
            view! {
                <li class="diff__row">
                    <p class="diff__what">
                        {step} " " <b>{words.diff.table(&row.table).to_owned()}</b>
                        <code class="diff__key">{row.key.clone()}</code>
                    </p>
                </li>
            }
        })
        .collect();
    let rows = (!rows.is_empty()).then(|| view! { <h2>{revert.rows}</h2><ul class="diff">{rows}</ul> });
    let body = view! {
        {opening(revert.title, count(revert.summary))}
        <div class="desk">
            {(report.conflict_count > 0).then(|| conflicts(words, report))}
            <div class="cluster">
                {buttons}
                <a class="quiet" href=format!("/admin/history?{}", fields.query()) rel="external">
                    {words.admin.history}
                </a>
            </div>
            {rows}
        </div>
    };
    Sheet { title: revert.title.to_owned(), body: body.into_any() }
}

/// What stands in a rollback's way.
pub fn conflicts(words: &'static Words, report: &RevertReport) -> AnyView {
    let items: Vec<_> = report
        .conflicts
        .iter()
        .take(LISTED)
        .map(|conflict| {
            view! {
                <li class="diff__row">
                    <p class="diff__what">
                        <b>{words.diff.table(&conflict.table).to_owned()}</b>
                        " "
                        {obstacle(words, &conflict.obstacle)}
                        <code class="diff__key">{conflict.key.clone()}</code>
                    </p>
                </li>
            }
        })
        .collect();
    let title = words.revert.conflicts.replace("{count}", &report.conflict_count.to_string());
    view! {
        <section class="form-errors" aria-labelledby="conflicts">
            <h2 class="form-errors__title" id="conflicts">
                {title}
            </h2>
            <ul class="diff">{items}</ul>
        </section>
    }
    .into_any()
}

fn obstacle(words: &'static Words, obstacle: &Obstacle) -> String {
    let revert = &words.revert;
    match obstacle {
        Obstacle::ChangedSince => revert.changed_since.to_owned(),
        Obstacle::ChangedBetween => revert.changed_between.to_owned(),
        Obstacle::StillNeeded { table, rows } => {
            fill(revert.still_needed, &[("count", &rows.to_string()), ("table", words.diff.table(table))])
        }
        Obstacle::ParentGone { table } => fill(revert.parent_gone, &[("table", words.diff.table(table))]),
        Obstacle::Taken { column } => fill(revert.taken, &[("column", column)]),
    }
}
