//! Listing and showing change sets.

use std::{cmp::Reverse, collections::HashMap};

use matinee_domain::{ChangeSetId, Timestamp, UserId};
use matinee_services::ports::{ChangeSet, ChangedBy, ChangedRow, SelectBy, Selection};
use sea_orm::{
    ConnectionTrait, FromQueryResult,
    prelude::Uuid,
    sea_query::{Condition, Expr, ExprTrait, Func, Order, Query, SelectStatement, WindowStatement},
};
use serde_json::Value as Json;

use super::{
    change::PackedKeys,
    entries, origin,
    selecting::{first_id_at, latest_first},
    tables::{self, Table},
    tx::{all_columns, key_is},
};
use crate::{
    entities::{Moment, change_sets, changes, reverts},
    failure::{Outcome, damaged},
    sql::{MAX_LISTED, among, count, fetch, fetch_tuple, fetch_tuples},
};

/// Change sets that one lists as taking it back, or as taken back by it.
const MAX_LINKS: i64 = 1_000;

#[derive(FromQueryResult)]
struct SetRow {
    id: Uuid,
    at: Moment,
    actor_kind: String,
    actor: Option<Uuid>,
    request_id: Option<String>,
    reason: String,
    note: Option<String>,
    entries: i64,
}

/// By a few statements, however many there are. A film's list has the import that brought it, too.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    which: &Selection,
    before: Option<ChangeSetId>,
    limit: u32,
) -> Outcome<Vec<ChangeSet>> {
    let id = || Expr::col((change_sets::Entity, change_sets::Column::Id));
    let listed = |which: &Selection, among_these: Option<&[Uuid]>| {
        with_columns(latest_first(which))
            .and_where_option(among_these.map(|sets| among(id(), sets)))
            .and_where_option(before.map(|before| id().lt(before.0)))
            .limit(limit.into())
            .take()
    };
    let mut rows = fetch::<SetRow>(db, &listed(which, None)).await?;
    if let SelectBy::Movie(film) = which.by {
        let imports = origin::imports_of(db, film.0).await?;
        if !imports.is_empty() {
            let any = Selection { by: SelectBy::Everything, since: which.since };
            rows.extend(fetch::<SetRow>(db, &listed(&any, Some(&imports))).await?);
            rows.sort_unstable_by_key(|row| Reverse(row.id));
            // One that changed the film besides is there already.
            rows.dedup_by_key(|row| row.id);
            rows.truncate(limit as usize);
        }
    }
    let sets: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut reverts = linked(db, &sets, reverts::Column::ChangeSet, reverts::Column::Reverted).await?;
    let mut reverted_by = linked(db, &sets, reverts::Column::Reverted, reverts::Column::ChangeSet).await?;
    let complete = |row: SetRow| ChangeSet {
        reverts: reverts.remove(&row.id).unwrap_or_default(),
        reverted_by: reverted_by.remove(&row.id).unwrap_or_default(),
        ..row.into_change_set()
    };
    Ok(rows.into_iter().map(complete).collect())
}

/// Whether a request changed anything since. Its change sets are looked for among all of that time, so it should not be long ago.
pub(crate) async fn has_changed(db: &impl ConnectionTrait, request_id: &str, since: Timestamp) -> Outcome<bool> {
    use change_sets::Column::{Id, RequestId};
    let select = Query::select()
        .column(Id)
        .from(change_sets::Entity)
        .and_where(Expr::col(Id).gte(first_id_at(since)))
        .and_where(Expr::col(RequestId).eq(request_id))
        .limit(1)
        .take();
    Ok(fetch_tuple::<(Uuid,)>(db, &select).await?.is_some())
}

fn with_columns(mut select: SelectStatement) -> SelectStatement {
    use change_sets::Column::{Actor, ActorKind, At, Id, Note, Reason, RequestId, TableName};
    let columns = [Id, At, ActorKind, Actor, RequestId, Reason, Note];
    select.columns(columns.map(|column| (change_sets::Entity, column)));
    let several = Query::select()
        .expr(Expr::col(changes::Column::Position).count())
        .from(changes::Entity)
        .and_where(Expr::col((changes::Entity, changes::Column::ChangeSet)).equals((change_sets::Entity, Id)))
        .take();
    let own: Expr = Expr::case(Expr::col((change_sets::Entity, TableName)).is_not_null(), 1_i64).finally(0_i64).into();
    select.expr_as(own.add(Expr::SubQuery(None, Box::new(several.into()))), "entries");
    select
}

/// For each of these change sets in column `from` of the links, what is in column `to`, latest first.
async fn linked(
    db: &impl ConnectionTrait,
    sets: &[Uuid],
    from: reverts::Column,
    to: reverts::Column,
) -> Outcome<HashMap<Uuid, Vec<ChangeSetId>>> {
    let mut linked: HashMap<Uuid, Vec<ChangeSetId>> = HashMap::new();
    for sets in sets.chunks(MAX_LISTED) {
        let latest_first = WindowStatement::partition_by(from).order_by(to, Order::Desc).take();
        let numbered = Query::select()
            .columns([from, to])
            .expr_window_as(Func::cust("ROW_NUMBER"), latest_first, "number")
            .from(reverts::Entity)
            .and_where(among(Expr::col(from), sets))
            .take();
        let select = Query::select()
            .columns([from, to])
            .from_subquery(numbered, "numbered")
            .and_where(Expr::col("number").lte(MAX_LINKS))
            .order_by(to, Order::Desc)
            .take();
        for (set, other) in fetch_tuples::<(Uuid, Uuid)>(db, &select).await? {
            linked.entry(set).or_default().push(ChangeSetId(other));
        }
    }
    Ok(linked)
}

impl SetRow {
    fn into_change_set(self) -> ChangeSet {
        let by = match self.actor_kind.as_str() {
            "person" => ChangedBy::Person(self.actor.map(UserId)),
            "operator" => ChangedBy::Operator,
            _ => ChangedBy::System,
        };
        ChangeSet {
            id: ChangeSetId(self.id),
            at: self.at.0,
            by,
            request_id: self.request_id,
            reason: self.reason,
            note: self.note,
            entries: count(self.entries),
            reverts: Vec::new(),
            reverted_by: Vec::new(),
        }
    }
}

/// An entry of the journal.
pub(super) use crate::entities::changes::Model as EntryRow;

pub(super) const ENTRY_COLUMNS: [changes::Column; 9] = [
    changes::Column::ChangeSet,
    changes::Column::Position,
    changes::Column::TableName,
    changes::Column::RowKey,
    changes::Column::Subject,
    changes::Column::VersionBefore,
    changes::Column::VersionAfter,
    changes::Column::ImageBefore,
    changes::Column::AddedKeys,
];

impl EntryRow {
    pub fn table(&self) -> Outcome<&'static Table> {
        tables::named(&self.table_name).ok_or_else(|| damaged("history of", &self.table_name, "there is no such table"))
    }

    pub fn key(&self) -> Outcome<Vec<Json>> {
        serde_json::from_str(&self.row_key).map_err(|error| damaged("history of", &self.table_name, error))
    }

    /// Whether it stands for rows that were added in bulk.
    pub fn is_bulk(&self) -> bool {
        self.row_key.is_empty()
    }

    /// Keys of rows added in bulk, where it stands for those.
    pub fn added(&self) -> Option<PackedKeys> {
        self.added_keys.clone().map(PackedKeys)
    }
}

/// The rows of a change set from a position on; of one subject alone where one is given.
pub(super) async fn list_rows(
    db: &impl ConnectionTrait,
    id: ChangeSetId,
    subject: Option<Uuid>,
    from: u64,
    limit: u32,
) -> Outcome<Vec<ChangedRow>> {
    let select = entries::select()
        .columns(ENTRY_COLUMNS)
        .and_where(Expr::col(changes::Column::ChangeSet).eq(id.0))
        .and_where_option(subject.map(|subject| Expr::col(changes::Column::Subject).eq(subject)))
        .and_where(Expr::col(changes::Column::Position).gte(i64::try_from(from).unwrap_or(i64::MAX)))
        .order_by(changes::Column::Position, Order::Asc)
        .limit(limit.into())
        .take();
    let mut rows = Vec::new();
    for entry in fetch::<EntryRow>(db, &select).await? {
        let table = entry.table()?;
        let added_in_bulk = match entry.added() {
            Some(keys) => keys.count(table)?,
            None => 0,
        };
        let after = if added_in_bulk == 0 { image_after(db, table, &entry).await? } else { None };
        rows.push(ChangedRow {
            position: count(entry.position),
            table: entry.table_name,
            key: entry.row_key,
            version_before: entry.version_before,
            version_after: entry.version_after,
            before: entry.image_before.map(|image| table.without_secrets(image)),
            after: after.map(|image| table.without_secrets(image)),
            added_in_bulk,
        });
    }
    Ok(rows)
}

/// What the row was after a change: before the next one, or as it is now.
async fn image_after(db: &impl ConnectionTrait, table: &'static Table, entry: &EntryRow) -> Outcome<Option<String>> {
    use changes::Column::{ChangeSet, ImageBefore, Position, RowKey, Subject, TableName};
    let Some(version) = entry.version_after.filter(|_| !table.is_secret) else { return Ok(None) };
    let later = Condition::any()
        .add(Expr::col(ChangeSet).gt(entry.change_set))
        .add(Expr::col(ChangeSet).eq(entry.change_set).and(Expr::col(Position).gt(entry.position)));
    let next = entries::select()
        .column(ImageBefore)
        .and_where(Expr::col(Subject).eq(entry.subject))
        .and_where(Expr::col(ChangeSet).gte(entry.change_set))
        .and_where(Expr::col(TableName).eq(entry.table_name.as_str()))
        .and_where(Expr::col(RowKey).eq(entry.row_key.as_str()))
        .cond_where(later)
        .order_by(ChangeSet, Order::Asc)
        .order_by(Position, Order::Asc)
        .limit(1)
        .take();
    if let Some((image,)) = fetch_tuple::<(Option<String>,)>(db, &next).await? {
        return Ok(image);
    }
    let now = current(db, table, &[entry.key()?]).await?;
    Ok(now.into_values().find(|row| row.version == version).and_then(|row| row.image(table)))
}

/// The rows of these keys as they are, by key.
pub(super) async fn current(
    db: &impl ConnectionTrait,
    table: &'static Table,
    keys: &[Vec<Json>],
) -> Outcome<HashMap<Vec<Json>, super::change::Row>> {
    let mut found = HashMap::with_capacity(keys.len());
    for keys in keys.chunks(super::tx::KEYS_AT_ONCE) {
        let any = keys.iter().try_fold(Condition::any(), |any, key| Outcome::Ok(any.add(key_is(table, key)?)))?;
        let select = Query::select().columns(all_columns(table)).from(table.name).cond_where(any).take();
        for row in db.query_all(&select).await? {
            let row = super::change::Row::read(table, &row)?;
            found.insert(row.key(table), row);
        }
    }
    Ok(found)
}
