//! Keeping a transaction's changes, in the same transaction.

use std::sync::Mutex;

use matinee_domain::Timestamp;
use matinee_services::provenance::{Actor, Provenance};
use sea_orm::{
    ConnectionTrait, Value,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, InsertStatement, OnConflict, Query},
};
use uuid::ContextV7;

use super::{
    change::{Change, key_text},
    tx::{Changes, Entry},
};
use crate::{
    entities::{change_sets, changes},
    failure::Outcome,
    sql::{fetch_tuple, moment},
};

/// Rows of `changes` in one statement.
const ROWS_AT_ONCE: usize = 400;

/// What a write is for, as the repository knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cause {
    pub reason: &'static str,
    /// Whose doing it is where nobody says otherwise.
    pub person: Option<Uuid>,
}

impl Cause {
    /// What Matinee does by itself or for a command.
    pub const fn system(reason: &'static str) -> Self {
        Self { reason, person: None }
    }

    /// What a person does to what is theirs.
    pub const fn by(person: Uuid, reason: &'static str) -> Self {
        Self { reason, person: Some(person) }
    }
}

/// Makes ids of change sets: version 7, in order of time, and counted within a millisecond.
#[derive(Debug)]
pub(crate) struct Ids(Mutex<ContextV7>);

impl Ids {
    pub fn new() -> Self {
        Self(Mutex::new(ContextV7::new()))
    }

    pub fn next(&self, now: Timestamp) -> Uuid {
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        Uuid::new_v7(uuid::Timestamp::from_unix(&self.0, seconds, now.timestamp_subsec_nanos()))
    }
}

/// Keeps a change set of these changes. Nothing is written where nothing changed.
pub(crate) async fn keep(
    tx: &impl ConnectionTrait,
    cause: Cause,
    ids: &Ids,
    now: Timestamp,
    changes: &Changes,
) -> Outcome<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let provenance = Provenance::current();
    match (provenance.change_set, changes.as_slice()) {
        // Others may be added to a change set that was begun before.
        (Some(id), _) => {
            let mut insert = change_set(id, cause, now, provenance, None);
            insert.on_conflict(OnConflict::column(change_sets::Column::Id).do_nothing().to_owned());
            tx.execute(&insert).await?;
            insert_changes(tx, id, next_position(tx, id).await?, changes).await
        }
        (None, [only]) => {
            tx.execute(&change_set(ids.next(now), cause, now, provenance, Some(only))).await?;
            Ok(())
        }
        (None, _) => {
            let id = ids.next(now);
            tx.execute(&change_set(id, cause, now, provenance, None)).await?;
            insert_changes(tx, id, 0, changes).await
        }
    }
}

fn change_set(
    id: Uuid,
    cause: Cause,
    now: Timestamp,
    provenance: Provenance,
    only_entry: Option<&Entry>,
) -> InsertStatement {
    use change_sets::Column::{
        Actor as Who, ActorKind, AddedKeys, At, Id, ImageBefore, Note, Reason, RequestId, RowKey, Subject, TableName,
        VersionAfter, VersionBefore,
    };
    let (kind, person) = match (provenance.actor, cause.person) {
        (Actor::Person(person), _) => ("person", Some(person.0)),
        (Actor::Unstated, Some(person)) => ("person", Some(person)),
        (Actor::Operator, _) => ("operator", None),
        (Actor::System | Actor::Unstated, _) => ("system", None),
    };
    let mut columns = vec![Id, At, ActorKind, Who, RequestId, Reason, Note];
    let mut values: Vec<Expr> = vec![
        id.into(),
        moment(now).into(),
        kind.into(),
        person.into(),
        provenance.request_id.into(),
        provenance.reason.unwrap_or(cause.reason).into(),
        provenance.note.into(),
    ];
    if let Some(entry) = only_entry {
        columns.extend([TableName, RowKey, Subject, VersionBefore, VersionAfter, ImageBefore, AddedKeys]);
        values.extend(kept(entry));
    }
    Query::insert().into_table(change_sets::Entity).columns(columns).values_panic(values).take()
}

async fn next_position(tx: &impl ConnectionTrait, id: Uuid) -> Outcome<i64> {
    let last = Query::select()
        .expr(Expr::col(changes::Column::Position).max())
        .from(changes::Entity)
        .and_where(Expr::col(changes::Column::ChangeSet).eq(id))
        .take();
    let last: Option<(Option<i64>,)> = fetch_tuple(tx, &last).await?;
    Ok(last.and_then(|(last,)| last).map_or(0, |last| last + 1))
}

async fn insert_changes(tx: &impl ConnectionTrait, id: Uuid, first: i64, changed: &Changes) -> Outcome<()> {
    let mut rows = changed.iter().map(kept).enumerate().peekable();
    while rows.peek().is_some() {
        use changes::Column::{
            AddedKeys, ChangeSet, ImageBefore, Position, RowKey, Subject, TableName, VersionAfter, VersionBefore,
        };
        let mut insert = Query::insert();
        insert.into_table(changes::Entity).columns([
            ChangeSet,
            Position,
            TableName,
            RowKey,
            Subject,
            VersionBefore,
            VersionAfter,
            ImageBefore,
            AddedKeys,
        ]);
        for (index, row) in rows.by_ref().take(ROWS_AT_ONCE) {
            let position = first + i64::try_from(index).unwrap_or(i64::MAX);
            insert.values_panic([id.into(), position.into()].into_iter().chain(row));
        }
        tx.execute(&insert).await?;
    }
    Ok(())
}

/// Table, key, subject, versions before and after, image before, keys of rows added in bulk.
fn kept(entry: &Entry) -> [Expr; 7] {
    let (none, nobody) = (Value::BigInt(None), Value::Uuid(None));
    match entry {
        // Rows that are added in bulk are new.
        Entry::Added(table, keys) => [
            table.name.into(),
            "".into(),
            nobody.into(),
            none.into(),
            1_i64.into(),
            Value::String(None).into(),
            keys.0.clone().into(),
        ],
        Entry::Row(Change { table, key, subject, version_before, version_after, image_before }) => [
            table.name.into(),
            key_text(table, key).into(),
            (*subject).into(),
            (*version_before).into(),
            (*version_after).into(),
            image_before.as_deref().into(),
            Value::Bytes(None).into(),
        ],
    }
}
