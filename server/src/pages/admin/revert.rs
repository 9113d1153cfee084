//! `/admin/revert`: the plan of a rollback, and the rollback. Where rows have conflicts the plan lists them, and whoever goes
//! on has to choose: leave those rows as they are, but for those that are ticked, or put all of them back all the same.

use std::collections::BTreeSet;

use axum::{
    extract::{Query, RawForm, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use matinee_app::{
    components::words::fill,
    plain::{Sheet, Words},
};
use matinee_domain::FieldError;
use matinee_services::{
    ServiceError, Services,
    access::RevertHistory,
    ports::{NoRowName, Obstacle, OnConflict, RevertReport, Step},
};
use url::form_urlencoded;

use super::selection::Fields;
use crate::pages::{Frame, Refusal, access::May, pieces::opening};

/// Rows and conflicts that the page lists.
const LISTED: usize = 200;

/// The form that leaves conflicts as they are, but for rows that are ticked.
const SKIPPING: &str = "skipping";

/// What is to be taken back, and what becomes of conflicts.
#[derive(Debug, Default, PartialEq)]
struct Order {
    fields: Fields,
    on_conflict: OnConflict,
}

impl Order {
    /// As the page's forms send it; `row` comes for each row that is ticked.
    fn read(form: &[u8]) -> Result<Self, FieldError> {
        let (mut order, mut rows) = (Self::default(), BTreeSet::new());
        for (name, value) in form_urlencoded::parse(form) {
            match name.as_ref() {
                "by" => order.fields.by = value.into_owned(),
                "of" => order.fields.of = value.into_owned(),
                "since" => order.fields.since = value.into_owned(),
                "row" => {
                    let row =
                        value.parse().map_err(|error: NoRowName| FieldError::new("row", "no_row", error.to_string()));
                    rows.insert(row?);
                }
                "conflicts" => {
                    order.on_conflict = match value.as_ref() {
                        "refuse" => OnConflict::Refuse,
                        "skip" => OnConflict::Skip,
                        "force" => OnConflict::Force,
                        other => {
                            let words = format!("{other:?} is not refuse, skip or force");
                            return Err(FieldError::new("conflicts", "no_choice", words));
                        }
                    }
                }
                _ => {}
            }
        }
        if order.on_conflict == OnConflict::Skip && !rows.is_empty() {
            order.on_conflict = OnConflict::ForceThese { rows, skip_others: true };
        }
        Ok(order)
    }
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
    RawForm(form): RawForm,
) -> Result<Response, Refusal> {
    let Order { fields, on_conflict } = Order::read(&form).map_err(ServiceError::from)?;
    let which = fields.selection().map_err(ServiceError::from)?;
    let report = services.revert_changes(&admin, &which, on_conflict, false, fields.note()).await?;
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
            <form method="post" action="/admin/revert" id=(conflicts == "skip").then_some(SKIPPING)>
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
            {(report.conflict_count > 0).then(|| conflicts(words, report, Some(SKIPPING)))}
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

/// What stands in a rollback's way; each may be ticked to be put back all the same, where that is possible and there is a `form` to tell.
pub fn conflicts(words: &'static Words, report: &RevertReport, form: Option<&'static str>) -> AnyView {
    let items: Vec<_> = report
        .conflicts
        .iter()
        .take(LISTED)
        .map(|conflict| {
            let form = form.filter(|_| conflict.obstacle.may_be_forced());
            let choice = form.map(|form| {
                view! {
                    <label class="chip">
                        <input type="checkbox" name="row" value=conflict.row().to_string() form=form autocomplete="off" />
                        {words.revert.force_this}
                    </label>
                }
            });
            view! {
                <li class="diff__row">
                    <p class="diff__what">
                        <b>{words.diff.table(&conflict.table).to_owned()}</b>
                        " "
                        {obstacle(words, &conflict.obstacle)}
                        <code class="diff__key">{conflict.key.clone()}</code>
                    </p>
                    {choice}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_ticked_are_put_back_and_other_conflicts_left() {
        let fields = Fields { by: "change".to_owned(), of: "0193".to_owned(), since: String::new() };
        let read = |form: &str| Order::read(form.as_bytes());
        let order = read("by=change&of=0193&since=&row=ratings+%5B%221%22%2C+%222%22%5D&conflicts=skip").unwrap();
        let OnConflict::ForceThese { rows, skip_others: true } = &order.on_conflict else { panic!("{order:?}") };
        assert_eq!(rows.iter().map(ToString::to_string).collect::<Vec<_>>(), [r#"ratings ["1","2"]"#]);
        assert_eq!(order.fields, fields);
        for (form, on_conflict) in
            [("", OnConflict::Refuse), ("conflicts=skip", OnConflict::Skip), ("conflicts=force", OnConflict::Force)]
        {
            assert_eq!(read(form).unwrap().on_conflict, on_conflict);
        }
        assert_eq!(read("row=ratings&conflicts=skip").unwrap_err().field, "row");
        assert_eq!(read("conflicts=all").unwrap_err().field, "conflicts");
    }
}
