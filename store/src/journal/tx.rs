//! A writing transaction: whatever changes a journaled row goes through [`Tx::insert`], [`Tx::update`] or [`Tx::delete`],
//! which remember what was there. [`super::writing`] keeps it before the commit.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use matinee_services::provenance::Provenance;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, TryGetError,
    prelude::Uuid,
    sea_query::{
        CommonTableExpression, Condition, DeleteStatement, Expr, ExprTrait, InsertStatement, Query, SubQueryStatement,
        UpdateStatement, WithClause, WithQuery,
    },
};
use serde_json::Value as Json;

use super::{
    change::{Change, PackedKeys, Row},
    tables::{Subject, Table},
    writing::Journal,
};
use crate::{
    engine::postgres::CopyTransaction,
    failure::{Failure, Outcome},
    sql::for_change,
};

/// Keys that one condition lists: expressions may not be nested deeper than the engines allow (SQLite: 1,000).
pub(crate) const KEYS_AT_ONCE: usize = 200;

/// Rows added by one statement from which on only their keys are kept, packed.
pub(crate) const BULK_ROWS: usize = 16;

/// Changes that a transaction remembers; beyond these they are kept at once.
const REMEMBERED: usize = 2_000;

/// What a statement that writes a row is called in the statement that journals it.
const WRITTEN: &str = "written";

/// What a transaction has changed so far, in order.
pub(crate) type Changes = Vec<Entry>;

/// A change that is a change set of its own, beside others of its transaction.
#[derive(Clone, Debug)]
pub(crate) struct OwnSet {
    /// Whose doing it is.
    pub person: Uuid,
    pub request_id: Option<String>,
    pub change: Change,
}

/// The same, and what of it is kept already.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    pub changes: Changes,
    /// Kept, each under this id.
    pub own_sets: Vec<(Uuid, OwnSet)>,
    /// The change set in whose own row the first change stands since it was made.
    pub kept: Option<Uuid>,
    /// Where those are that were too many to remember.
    pub spilled: Option<Spilled>,
}

/// Changes that are in the journal before the others of their transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spilled {
    pub change_set: Uuid,
    /// The position of the next one.
    pub next: i64,
    pub changes: usize,
}

#[derive(Debug)]
pub(crate) enum Entry {
    Row(Change),
    /// Rows of one table that were added in bulk.
    Added(&'static Table, PackedKeys),
}

/// A connection in a transaction, with what was changed in it. Reading it is reading the connection.
#[derive(Debug)]
pub(crate) struct Tx<C> {
    db: C,
    noted: Mutex<Noted>,
    journal: Option<Journal>,
    copying: Option<CopyTransaction>,
}

impl<C: ConnectionTrait> Tx<C> {
    /// One whose changes are kept in this journal, by [`Journal::keep`] before the commit at the latest.
    pub fn journaled(db: C, journal: Journal) -> Self {
        Self { journal: Some(journal), ..Self::new(db) }
    }

    /// One whose changes somebody else keeps, or nobody.
    pub fn new(db: C) -> Self {
        Self { db, noted: Mutex::default(), journal: None, copying: None }
    }

    /// The same, whose connection takes rows by `COPY`, too.
    pub fn copying_by(self, copying: Option<CopyTransaction>) -> Self {
        Self { copying, ..self }
    }

    /// Whether [`Tx::copy_new`] works.
    pub fn can_copy(&self) -> bool {
        self.copying.is_some()
    }

    /// The connection, and what is to be journaled.
    pub fn into_parts(self) -> (C, Noted) {
        (self.db, self.noted.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn note<T>(&self, note: impl FnOnce(&mut Noted) -> T) -> T {
        note(&mut self.noted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps a change that was made by other means.
    pub fn record(&self, change: Change) {
        self.note(|noted| noted.changes.push(Entry::Row(change)));
    }

    /// Runs an insert into `table`, with `ON CONFLICT DO NOTHING` or without; returns how many rows were added. New rows
    /// are of version 1 unless the statement says otherwise.
    pub async fn insert(&self, table: &'static Table, mut insert: InsertStatement) -> Outcome<u64> {
        let mut returned: Vec<_> = table.key_columns().iter().map(|column| column.name).collect();
        if let Subject::Column(index) = table.subject {
            returned.push(table.columns[index].name);
        }
        returned.push("version");
        insert.returning(Query::returning().columns(returned));
        let rows = self.db.query_all(&insert).await?;
        if rows.len() >= BULK_ROWS {
            self.note_bulk(table, &rows)?;
        } else {
            for row in &rows {
                let change = added(table, row).map_err(DbErr::from)?;
                self.record(change);
            }
            self.spill().await?;
        }
        Ok(rows.len() as u64)
    }

    /// Runs an insert of so many rows that returns none, with these keys. False where some were there already: then
    /// nothing was added.
    pub async fn insert_new(
        &self,
        table: &'static Table,
        insert: Statement,
        rows: u64,
        keys: PackedKeys,
    ) -> Outcome<bool> {
        self.db.execute_unprepared("SAVEPOINT bulk").await?;
        let all_are_new = self.db.execute_raw(insert).await?.rows_affected() == rows;
        if all_are_new {
            self.note_keys(table, keys);
        } else {
            self.db.execute_unprepared("ROLLBACK TO SAVEPOINT bulk").await?;
        }
        self.db.execute_unprepared("RELEASE SAVEPOINT bulk").await?;
        Ok(all_are_new)
    }

    /// The same by `COPY`, with these rows as its data.
    pub async fn copy_new(
        &self,
        table: &'static Table,
        (copy, data): (String, Vec<u8>),
        rows: u64,
        keys: PackedKeys,
    ) -> Outcome<bool> {
        let Some(copying) = &self.copying else { return Ok(false) };
        self.db.execute_unprepared("SAVEPOINT bulk").await?;
        let all_are_new = match copying.copy(copy, data).await.map_err(Failure::from) {
            Ok(copied) => copied == rows,
            Err(failure) if failure.is_taken() => false,
            Err(failure) => return Err(failure),
        };
        if all_are_new {
            self.note_keys(table, keys);
        } else {
            self.db.execute_unprepared("ROLLBACK TO SAVEPOINT bulk").await?;
        }
        self.db.execute_unprepared("RELEASE SAVEPOINT bulk").await?;
        Ok(all_are_new)
    }

    fn note_bulk(&self, table: &'static Table, rows: &[QueryResult]) -> Outcome<()> {
        let mut keys = PackedKeys::default();
        rows.iter().try_for_each(|row| keys.push(table, row)).map_err(DbErr::from)?;
        self.note_keys(table, keys);
        Ok(())
    }

    fn note_keys(&self, table: &'static Table, keys: PackedKeys) {
        self.note(|noted| match noted.changes.last_mut() {
            Some(Entry::Added(of, packed)) if of.name == table.name => packed.0.extend(keys.0),
            _ => noted.changes.push(Entry::Added(table, keys)),
        });
    }

    /// Runs `update` (values alone) on the rows of `table` that `which` selects, and counts their version up. Returns how
    /// many there were.
    pub async fn update(&self, table: &'static Table, update: UpdateStatement, which: Condition) -> Outcome<u64> {
        let before = self.select(table, which).await?;
        for rows in before.chunks(KEYS_AT_ONCE) {
            let mut update = update.clone();
            update
                .table(table.name)
                .value("version", Expr::col("version").add(1))
                .cond_where(keys_of(table, rows.iter())?);
            self.db.execute(&update).await?;
        }
        for row in &before {
            self.record(Change::of(table, row, Some(row.version + 1)));
        }
        self.spill().await?;
        Ok(before.len() as u64)
    }

    /// Keeps what is remembered, where it is much and of a change set that was begun before: a rollback may change as many rows as an import.
    async fn spill(&self) -> Outcome<()> {
        let (Some(journal), Some(begun)) = (&self.journal, Provenance::current().change_set) else { return Ok(()) };
        let many = self.note(|noted| {
            let are_many = noted.changes.len() > REMEMBERED && noted.kept.is_none();
            are_many.then(|| (std::mem::take(&mut noted.changes), noted.spilled))
        });
        let Some((changes, spilled)) = many else { return Ok(()) };
        let spilled = journal.spill(&self.db, begun, spilled, &changes).await?;
        self.note(|noted| noted.spilled = Some(spilled));
        Ok(())
    }

    /// Runs an insert of the one row of this key, with `ON CONFLICT DO NOTHING` or without; returns whether it was added.
    /// Its subject is the person or film that it belongs to.
    pub async fn insert_one(
        &self,
        table: &'static Table,
        insert: InsertStatement,
        key: Vec<Json>,
        subject: Uuid,
    ) -> Outcome<bool> {
        self.write_one(Write::Insert(insert), Change::added(table, key, Some(subject), 1)).await
    }

    /// Runs `update` (values alone) on a row as [`Tx::select`] returned it, and counts its version up.
    pub async fn update_one(&self, table: &'static Table, mut update: UpdateStatement, before: &Row) -> Outcome<bool> {
        update
            .table(table.name)
            .value("version", Expr::col("version").add(1))
            .cond_where(key_is(table, &before.values)?);
        self.write_one(Write::Update(update), Change::of(table, before, Some(before.version + 1))).await
    }

    /// Removes a row as [`Tx::select`] returned it.
    pub async fn delete_one(&self, table: &'static Table, before: &Row) -> Outcome<bool> {
        let delete = Query::delete().from_table(table.name).cond_where(key_is(table, &before.values)?).take();
        self.write_one(Write::Delete(delete), Change::of(table, before, None)).await
    }

    /// Runs a statement that makes this change or none; returns whether it did. A transaction's first change goes into the
    /// journal in the same turn to the database and back: one less, of about six.
    async fn write_one(&self, write: Write, change: Change) -> Outcome<bool> {
        let entry = Entry::Row(change);
        let is_first = self.note(|noted| noted.changes.is_empty());
        let journal = self.journal.as_ref().filter(|_| is_first);
        let backend = self.db.get_database_backend();
        let (statement, kept) = if backend == DbBackend::Sqlite {
            let write = write.build(backend);
            match journal.and_then(|journal| journal.keep_if_changed(&entry)) {
                Some((id, keep)) => (one_after_the_other(write, keep), Some(id)),
                None => (write, None),
            }
        } else {
            match journal.and_then(|journal| journal.keep_if_written(&entry, WRITTEN)) {
                Some((id, keep)) => (backend.build(&write.within(WRITTEN, keep)), Some(id)),
                None => (write.build(backend), None),
            }
        };
        let result = self.db.execute_raw(statement).await?;
        let is_made = result.rows_affected() > 0;
        if is_made {
            self.note(|noted| {
                noted.changes.push(entry);
                noted.kept = noted.kept.or(kept);
            });
        }
        Ok(is_made)
    }

    /// Keeps changes that were made by other means, each as a change set of its own.
    pub async fn keep_each(&self, own_sets: Vec<OwnSet>) -> Outcome<()> {
        let Some(journal) = self.journal.as_ref().filter(|_| !own_sets.is_empty()) else { return Ok(()) };
        let kept = journal.keep_each(&self.db, own_sets).await?;
        self.note(|noted| noted.own_sets.extend(kept));
        Ok(())
    }

    /// Removes the rows of `table` that `which` selects; returns how many there were.
    pub async fn delete(&self, table: &'static Table, which: Condition) -> Outcome<u64> {
        let delete = Query::delete()
            .from_table(table.name)
            .cond_where(which)
            .returning(Query::returning().columns(all_columns(table)))
            .take();
        let rows = self.db.query_all(&delete).await?;
        for row in &rows {
            self.record(Change::of(table, &Row::read(table, row)?, None));
        }
        self.spill().await?;
        Ok(rows.len() as u64)
    }

    /// The rows of `table` that `which` selects, locked where the engine locks rows.
    pub async fn select(&self, table: &Table, which: Condition) -> Outcome<Vec<Row>> {
        let select = Query::select().columns(all_columns(table)).from(table.name).cond_where(which).take();
        let rows = self.db.query_all(&for_change(select)).await?;
        rows.iter().map(|row| Row::read(table, row)).collect()
    }
}

/// A statement that writes a row.
enum Write {
    Insert(InsertStatement),
    Update(UpdateStatement),
    Delete(DeleteStatement),
}

impl Write {
    fn build(self, backend: DbBackend) -> Statement {
        match self {
            Self::Insert(insert) => backend.build(&insert),
            Self::Update(update) => backend.build(&update),
            Self::Delete(delete) => backend.build(&delete),
        }
    }

    /// This and another, which finds under this name a row for each that this one writes.
    fn within(self, name: &'static str, other: InsertStatement) -> WithQuery {
        let version = Query::returning().column("version");
        let write: SubQueryStatement = match self {
            Self::Insert(mut insert) => insert.returning(version).take().into(),
            Self::Update(mut update) => update.returning(version).take().into(),
            Self::Delete(mut delete) => delete.returning(version).take().into(),
        };
        let write = CommonTableExpression::new().table_name(name).query(write).to_owned();
        other.with(WithClause::new().cte(write).to_owned())
    }
}

/// Two statements in one call. The second does not run where the first fails.
fn one_after_the_other(first: Statement, second: Statement) -> Statement {
    let values = [first.values, second.values].into_iter().flatten().flatten();
    Statement::from_sql_and_values(first.db_backend, format!("{}; {}", first.sql, second.sql), values)
}

fn added(table: &'static Table, row: &QueryResult) -> Result<Change, TryGetError> {
    let key: Vec<_> = table
        .key_columns()
        .iter()
        .enumerate()
        .map(|(index, column)| column.kind.read(row, index))
        .collect::<Result<_, _>>()?;
    let (subject, version_at) = match table.subject {
        Subject::Column(_) => (row.try_get_by_index(table.key_len)?, table.key_len + 1),
        Subject::Key => (None, table.key_len),
    };
    Ok(Change::added(table, key, subject, row.try_get_by_index(version_at)?))
}

/// The journaled columns, then the version.
pub(crate) fn all_columns(table: &Table) -> impl Iterator<Item = &'static str> {
    table.columns.iter().map(|column| column.name).chain(["version"])
}

/// A condition for these rows and no others: what selected them may not hold any more while they are changed.
pub(crate) fn keys_of<'r>(table: &Table, mut rows: impl Iterator<Item = &'r Row>) -> Outcome<Condition> {
    rows.try_fold(Condition::any(), |any, row| Ok(any.add(key_is(table, &row.values)?)))
}

/// A condition for the row of this key.
pub(crate) fn key_is(table: &Table, key: &[Json]) -> Outcome<Condition> {
    table.key_columns().iter().zip(key).try_fold(Condition::all(), |all, (column, value)| {
        let value = column.kind.value(value);
        let value = value.ok_or_else(|| crate::failure::damaged("key of", table.name, format!("{key:?}")))?;
        Ok(all.add(Expr::col(column.name).eq(value)))
    })
}

#[async_trait]
impl<C: ConnectionTrait + Send> ConnectionTrait for Tx<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.db.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.db.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.db.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.db.query_all_raw(statement).await
    }
}
