//! Keeping a transaction's changes, in the same transaction.

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock},
};

use matinee_domain::{Timestamp, UserId};
use matinee_services::{
    ports::Clock,
    provenance::{Actor, Provenance},
};
use sea_orm::{
    ConnectionTrait, DbBackend, Statement, Value,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, InsertStatement, OnConflict, Query, SelectStatement, SqliteQueryBuilder},
};
use uuid::ContextV7;

use super::{
    change::{Change, key_text},
    tx::{Entry, Noted, OwnSet, Spilled},
};
use crate::{
    entities::{change_sets, changes},
    failure::Outcome,
    given,
    sql::{fetch_tuple, moment},
};

/// Rows of `changes` in one statement.
const ROWS_AT_ONCE: usize = 400;

/// The target of what the log is told of change sets: who made which one, and why. With the filter `matinee_history=debug` it is a list that
/// whoever can change the database can't, once it is on another machine.
const HISTORY: &str = "matinee_history";

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

/// How the changes of a transaction are kept: for what, and under which id once there are any.
#[derive(Clone)]
pub(crate) struct Journal {
    cause: Cause,
    ids: Arc<Ids>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("cause", &self.cause).finish_non_exhaustive()
    }
}

impl Journal {
    pub fn new(cause: Cause, ids: Arc<Ids>, clock: Arc<dyn Clock>) -> Self {
        Self { cause, ids, clock }
    }

    /// The id of a change set of this change alone, with its columns and values. None where the changes belong to a change set
    /// that was begun before.
    ///
    /// To be asked for when the row is locked, so that the ids of a row's change sets are in the order of its versions.
    fn change_set_of(&self, entry: &Entry) -> Option<(Uuid, Vec<change_sets::Column>, Vec<Value>)> {
        let provenance = Provenance::current();
        if provenance.change_set.is_some() {
            return None;
        }
        let now = self.clock.now();
        let id = self.ids.next(now);
        let (columns, values) = change_set(id, self.cause, now, provenance, Some(entry));
        Some((id, columns, values))
    }

    /// Its id, and the statement that keeps it if there is a row in `written`, which the caller defines.
    pub(super) fn keep_if_written(&self, entry: &Entry, written: &'static str) -> Option<(Uuid, InsertStatement)> {
        let (id, columns, values) = self.change_set_of(entry)?;
        Some((id, insert_selected(columns, Query::select().exprs(values).from(written).take())))
    }

    /// The same where the statement that ran just before wrote a row (SQLite).
    pub(super) fn keep_if_changed(&self, entry: &Entry) -> Option<(Uuid, Statement)> {
        static SQL: OnceLock<String> = OnceLock::new();
        let (id, columns, values) = self.change_set_of(entry)?;
        // It is always the same, and to write it anew takes longer than to run it.
        let sql = SQL.get_or_init(|| {
            let select = Query::select().exprs(values.clone()).and_where(Expr::cust("changes() > 0")).take();
            insert_selected(columns, select).build(SqliteQueryBuilder).0
        });
        Some((id, Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)))
    }

    /// Keeps a change set of what is not kept yet; returns its id. Nothing is written where nothing changed.
    pub async fn keep(&self, tx: &impl ConnectionTrait, noted: &Noted) -> Outcome<Option<Uuid>> {
        let changes = noted.changes.as_slice();
        if let Some(Spilled { change_set, next, .. }) = noted.spilled {
            insert_changes(tx, change_set, next, changes).await?;
            return Ok(Some(change_set));
        }
        if let (Some(id), [_, others @ ..]) = (noted.kept, changes) {
            debug_assert!(
                others.is_empty(),
                "a row that is written together with its change set is the only one of it"
            );
            insert_changes(tx, id, 1, others).await?;
            return Ok(Some(id));
        }
        if changes.is_empty() {
            return Ok(None);
        }
        let (now, provenance) = (self.clock.now(), Provenance::current());
        match (provenance.change_set, changes) {
            // Others may be added to a change set that was begun before.
            (Some(id), _) => {
                tx.execute(&or_nothing(insert(change_set(id, self.cause, now, provenance, None)))).await?;
                insert_changes(tx, id, next_position(tx, id).await?, changes).await?;
                Ok(Some(id))
            }
            (None, [only]) => {
                let id = self.ids.next(now);
                tx.execute(&insert(change_set(id, self.cause, now, provenance, Some(only)))).await?;
                Ok(Some(id))
            }
            (None, _) => {
                let id = self.ids.next(now);
                tx.execute(&insert(change_set(id, self.cause, now, provenance, None))).await?;
                insert_changes(tx, id, 0, changes).await?;
                Ok(Some(id))
            }
        }
    }

    /// Keeps changes of a transaction that has more of them to come, behind those that were spilled before, in the change set that was `begun`
    /// before it: ids of change sets are in the order of a row's versions, so none may be made while rows are still to be locked.
    pub(super) async fn spill(
        &self,
        tx: &impl ConnectionTrait,
        begun: Uuid,
        spilled: Option<Spilled>,
        changes: &[Entry],
    ) -> Outcome<Spilled> {
        let Spilled { change_set, next, changes: before } = if let Some(spilled) = spilled {
            spilled
        } else {
            let insert = insert(change_set(begun, self.cause, self.clock.now(), Provenance::current(), None));
            tx.execute(&or_nothing(insert)).await?;
            Spilled { change_set: begun, next: next_position(tx, begun).await?, changes: 0 }
        };
        insert_changes(tx, change_set, next, changes).await?;
        let next = next + i64::try_from(changes.len()).unwrap_or(i64::MAX);
        Ok(Spilled { change_set, next, changes: before + changes.len() })
    }

    /// Keeps each of these as a change set of its own, by one statement; returns them with their ids.
    pub(super) async fn keep_each(
        &self,
        tx: &impl ConnectionTrait,
        own_sets: Vec<OwnSet>,
    ) -> Outcome<Vec<(Uuid, OwnSet)>> {
        use change_sets::Column::{
            Actor as Who, ActorKind, At, Id, ImageBefore, Reason, RequestId, RowKey, Subject, TableName, VersionAfter,
            VersionBefore,
        };
        let columns = [
            Id,
            At,
            ActorKind,
            Who,
            RequestId,
            Reason,
            TableName,
            RowKey,
            Subject,
            VersionBefore,
            VersionAfter,
            ImageBefore,
        ];
        let now = self.clock.now();
        let kept: Vec<_> = own_sets.into_iter().map(|own| (self.ids.next(now), own)).collect();
        let rows: Vec<_> = kept
            .iter()
            .map(|(id, OwnSet { person, request_id, change })| {
                let (kind, who) = whose(Actor::Person(UserId(*person)), self.cause);
                let [table, key, subject, version_before, version_after, image_before, _] = kept_row(change);
                [
                    (*id).into(),
                    moment(now).into(),
                    kind.into(),
                    who.into(),
                    request_id.as_deref().into(),
                    self.cause.reason.into(),
                    table,
                    key,
                    subject,
                    version_before,
                    version_after,
                    image_before,
                ]
            })
            .collect();
        given::insert(tx, change_sets::Entity, columns, &rows).await?;
        Ok(kept)
    }

    /// Tells the log of what is committed, of `kept` and of all that are change sets of their own: not what was changed, which is
    /// people's own.
    pub fn tell(&self, kept: Option<Uuid>, noted: &Noted) {
        let provenance = Provenance::current();
        let reason = provenance.reason.unwrap_or(self.cause.reason);
        let own = noted.own_sets.iter().map(|(id, own)| (*id, Actor::Person(UserId(own.person)), 1));
        let changes = noted.changes.len() + noted.spilled.map_or(0, |spilled| spilled.changes);
        for (id, actor, changes) in kept.map(|id| (id, provenance.actor, changes)).into_iter().chain(own) {
            let (kind, person) = whose(actor, self.cause);
            tracing::debug!(
                target: HISTORY,
                {
                    history.change_set = %id,
                    history.actor = kind,
                    history.reason = reason,
                    history.changes = changes,
                    user.id = person.map(tracing::field::display)
                },
                "kept in the history"
            );
        }
    }
}

/// Who it was, and which person if it was one.
fn whose(actor: Actor, cause: Cause) -> (&'static str, Option<Uuid>) {
    match (actor, cause.person) {
        (Actor::Person(person), _) => ("person", Some(person.0)),
        (Actor::Unstated, Some(person)) => ("person", Some(person)),
        (Actor::Operator, _) => ("operator", None),
        (Actor::System | Actor::Unstated, _) => ("system", None),
    }
}

fn insert((columns, values): (Vec<change_sets::Column>, Vec<Value>)) -> InsertStatement {
    Query::insert()
        .into_table(change_sets::Entity)
        .columns(columns)
        .values_panic(values.into_iter().map(Expr::from))
        .take()
}

/// Others may have begun the change set.
fn or_nothing(mut insert: InsertStatement) -> InsertStatement {
    insert.on_conflict(OnConflict::column(change_sets::Column::Id).do_nothing().to_owned()).take()
}

/// An insert of what is selected, a value for each of these columns.
fn insert_selected(columns: Vec<change_sets::Column>, select: SelectStatement) -> InsertStatement {
    let mut insert = Query::insert().into_table(change_sets::Entity).columns(columns).take();
    insert.select_from(select).expect("there is a value for each column");
    insert
}

/// Columns of a change set, and what is to be in them.
fn change_set(
    id: Uuid,
    cause: Cause,
    now: Timestamp,
    provenance: Provenance,
    only_entry: Option<&Entry>,
) -> (Vec<change_sets::Column>, Vec<Value>) {
    use change_sets::Column::{
        Actor as Who, ActorKind, AddedKeys, At, Id, ImageBefore, Note, Reason, RequestId, RowKey, Subject, TableName,
        VersionAfter, VersionBefore,
    };
    let (kind, person) = whose(provenance.actor, cause);
    let mut columns = vec![Id, At, ActorKind, Who, RequestId, Reason, Note];
    let mut values: Vec<Value> = vec![
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
    (columns, values)
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

async fn insert_changes(tx: &impl ConnectionTrait, id: Uuid, first: i64, changed: &[Entry]) -> Outcome<()> {
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
            insert.values_panic([id.into(), position.into()].into_iter().chain(row.map(Expr::from)));
        }
        tx.execute(&insert).await?;
    }
    Ok(())
}

/// Table, key, subject, versions before and after, image before, keys of rows added in bulk.
fn kept(entry: &Entry) -> [Value; 7] {
    let (none, nobody) = (Value::BigInt(None), Value::Uuid(None));
    match entry {
        // Rows that are added in bulk are new.
        Entry::Added(table, keys) => {
            [table.name.into(), "".into(), nobody, none, 1_i64.into(), Value::String(None), keys.0.clone().into()]
        }
        Entry::Row(change) => kept_row(change),
    }
}

fn kept_row(Change { table, key, subject, version_before, version_after, image_before }: &Change) -> [Value; 7] {
    [
        table.name.into(),
        key_text(table, key).into(),
        (*subject).into(),
        (*version_before).into(),
        (*version_after).into(),
        image_before.as_deref().into(),
        Value::Bytes(None),
    ]
}
