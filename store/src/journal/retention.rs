//! What goes from the journal: what is too old, and what was a person's.

use matinee_services::ports::{PruneReport, RepositoryResult, Retention};
use sea_orm::{
    ConnectionTrait,
    prelude::Uuid,
    sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    change::{Change, person_digest},
    selecting::{doings, doings_of, first_id_at},
    tables::USERS,
    tx::Tx,
    writing::Cause,
};
use crate::{
    Store,
    entities::{change_sets, changes, reverts},
    failure::Outcome,
    partitions,
    sql::{count, fetch_tuple},
};

/// Entries that go in one transaction: a writer waits for no more than that.
const ENTRIES_AT_ONCE: u64 = 2_000;

/// Forgets a person who is being erased: what their rows were, and which change sets were their doing, and
/// what others noted about them.
pub(crate) async fn forget<C: ConnectionTrait + Send>(tx: &Tx<C>, user: Uuid) -> Outcome<()> {
    use change_sets::Column::{
        Actor, AddedKeys, ImageBefore, Note, RequestId, RowKey, Subject, TableName, VersionAfter, VersionBefore,
    };
    // First, for it looks at what the others forget.
    forget_notes(tx, user).await?;
    for doing in doings(user) {
        let forget = Query::update()
            .table(change_sets::Entity)
            .values([Actor, RequestId, Note].map(|column| (column, Expr::null())))
            .cond_where(doing)
            .take();
        tx.execute(&forget).await?;
    }
    let own = [Note, TableName, RowKey, Subject, VersionBefore, VersionAfter, ImageBefore, AddedKeys];
    let own = Query::update()
        .table(change_sets::Entity)
        .values(own.map(|column| (column, Expr::null())))
        .and_where(Expr::col(Subject).eq(user))
        .take();
    tx.execute(&own).await?;
    let rows =
        Query::delete().from_table(changes::Entity).and_where(Expr::col(changes::Column::Subject).eq(user)).take();
    tx.execute(&rows).await?;
    Ok(())
}

/// Drops the notes of change sets of several entries that are all about a person, and of those that name them among what is about
/// others, or took back what they did. (Notes of today name nobody; those of before did.)
async fn forget_notes<C: ConnectionTrait + Send>(tx: &Tx<C>, user: Uuid) -> Outcome<()> {
    use change_sets::Column::{Id, Note};
    use changes::Column::{ChangeSet, Subject};
    let about_them =
        Query::select().column(ChangeSet).from(changes::Entity).and_where(Expr::col(Subject).eq(user)).take();
    let about_others = Query::select()
        .expr(Expr::val(1))
        .from(changes::Entity)
        .and_where(Expr::col((changes::Entity, ChangeSet)).equals((change_sets::Entity, Id)))
        .cond_where(Condition::any().add(Expr::col(Subject).is_null()).add(Expr::col(Subject).ne(user)))
        .take();
    let names_them = || Expr::col(Note).like(format!("%{user}%"));
    let are_about_them = Condition::all()
        .add(Expr::col(Id).in_subquery(about_them))
        .add(Condition::any().add(names_them()).add(Expr::not_exists(about_others)));
    let rollbacks = Query::select()
        .column(reverts::Column::ChangeSet)
        .from(reverts::Entity)
        .and_where(Expr::col(reverts::Column::Reverted).in_subquery(doings_of(user)))
        .take();
    let took_theirs_back = Condition::all().add(Expr::col(Id).in_subquery(rollbacks)).add(names_them());
    for which in [are_about_them, took_theirs_back] {
        let forget = Query::update()
            .table(change_sets::Entity)
            .value(Note, Expr::null())
            .and_where(Expr::col(Note).is_not_null())
            .cond_where(which)
            .take();
        tx.execute(&forget).await?;
    }
    Ok(())
}

/// Keeps that somebody was erased, without saying who.
pub(crate) fn note_erased<C: ConnectionTrait>(tx: &Tx<C>, user: Uuid) {
    tx.record(Change {
        table: &USERS,
        key: vec![person_digest(user).to_string().into()],
        subject: None,
        version_before: None,
        version_after: None,
        image_before: None,
    });
}

/// Drops whole quarters where that can be done, and what else is too old some entries at a time.
pub(super) async fn prune(store: &Store, keep: Retention, dry_run: bool) -> RepositoryResult<PruneReport> {
    let end = first_id_at(keep.older_than);
    let partitions = partitions::drop_old_history(store, keep, dry_run).await?;
    let in_partitions = partitions
        .iter()
        .fold((0, 0), |(sets, entries), dropped| (sets + dropped.change_sets, entries + dropped.entries));
    let mut report = PruneReport {
        change_sets: in_partitions.0,
        entries: in_partitions.1,
        partitions: partitions.into_iter().flat_map(|dropped| dropped.partitions).collect(),
    };
    if dry_run {
        // Those of partitions that would be dropped are among them.
        let (change_sets, entries) = store.read_bulk(async |db| what_goes(db, end, keep.keep_versions).await).await?;
        return Ok(PruneReport { change_sets, entries, ..report });
    }
    let single = one_by_one(store, single_that_go(end, keep.keep_versions)).await?;
    let others = one_by_one(store, entries_that_go(end, keep.keep_versions)).await?;
    report.entries += single + others;
    report.change_sets += single + one_by_one(store, empty_sets(end)).await?;
    one_by_one(store, dangling_links(end)).await?;
    Ok(report)
}

/// What is to be removed: a table, its key's columns, and those keys.
struct Going {
    table: &'static str,
    key: &'static [&'static str],
    keys: SelectStatement,
}

/// Removes them, [`ENTRIES_AT_ONCE`] in a transaction, and returns how many there were.
async fn one_by_one(store: &Store, Going { table, key, mut keys }: Going) -> RepositoryResult<u64> {
    keys.limit(ENTRIES_AT_ONCE);
    let is_among = Expr::tuple(key.iter().map(|column| Expr::col(*column))).in_subquery(keys);
    let delete = &Query::delete().from_table(table).and_where(is_among).take();
    let mut removed = 0;
    loop {
        let gone = store
            .write_bulk(Cause::system("prune"), |tx| async move { Ok(tx.execute(delete).await?.rows_affected()) })
            .await?;
        removed += gone;
        if gone < ENTRIES_AT_ONCE {
            return Ok(removed);
        }
    }
}

/// Change sets of one entry that is too old.
fn single_that_go(end: Uuid, keep_versions: u32) -> Going {
    let keys = Query::select()
        .column(("change_sets", "id"))
        .from("change_sets")
        .and_where(Expr::col(("change_sets", "id")).lt(end))
        .and_where(Expr::col(("change_sets", "table_name")).is_not_null())
        .cond_where(goes(&SINGLE, keep_versions))
        .take();
    Going { table: "change_sets", key: &["id"], keys }
}

/// Entries of other change sets that are too old.
fn entries_that_go(end: Uuid, keep_versions: u32) -> Going {
    let keys = Query::select()
        .columns([("changes", "change_set"), ("changes", "position")])
        .from("changes")
        .and_where(Expr::col(("changes", "change_set")).lt(end))
        .cond_where(goes(&SEVERAL, keep_versions))
        .take();
    Going { table: "changes", key: &["change_set", "position"], keys }
}

/// Change sets before `end` with no entry left.
fn empty_sets(end: Uuid) -> Going {
    let keys = Query::select()
        .column(("change_sets", "id"))
        .from("change_sets")
        .and_where(Expr::col(("change_sets", "id")).lt(end))
        .and_where(Expr::col(("change_sets", "table_name")).is_null())
        .and_where(Expr::not_exists(entries_of_set()))
        .take();
    Going { table: "change_sets", key: &["id"], keys }
}

/// Links to change sets that are gone.
fn dangling_links(end: Uuid) -> Going {
    use reverts::Column::Reverted;
    let set = Query::select()
        .expr(Expr::val(1))
        .from("change_sets")
        .and_where(Expr::col(("change_sets", "id")).equals((reverts::Entity, Reverted)))
        .take();
    let keys = Query::select()
        .columns([reverts::Column::ChangeSet, Reverted])
        .from(reverts::Entity)
        .and_where(Expr::col(Reverted).lt(end))
        .and_where(Expr::not_exists(set))
        .take();
    Going { table: "reverts", key: &["change_set", "reverted"], keys }
}

fn entries_of_set() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from("changes")
        .and_where(Expr::col(("changes", "change_set")).equals(("change_sets", "id")))
        .take()
}

/// How many change sets and entries.
async fn what_goes(db: &impl ConnectionTrait, end: Uuid, keep_versions: u32) -> Outcome<(u64, u64)> {
    let single = how_many(db, single_that_go(end, keep_versions).keys).await?;
    let others = how_many(db, entries_that_go(end, keep_versions).keys).await?;
    let emptied = Query::select()
        .column(("change_sets", "id"))
        .from("change_sets")
        .and_where(Expr::col(("change_sets", "id")).lt(end))
        .and_where(Expr::col(("change_sets", "table_name")).is_null())
        .and_where(Expr::not_exists(entries_of_set().cond_where(goes(&SEVERAL, keep_versions).not()).take()))
        .take();
    Ok((single + how_many(db, emptied).await?, single + others))
}

async fn how_many(db: &impl ConnectionTrait, rows: SelectStatement) -> Outcome<u64> {
    let select = Query::select().expr(Expr::cust("COUNT(*)")).from_subquery(rows, "going").take();
    let row: Option<(i64,)> = fetch_tuple(db, &select).await?;
    Ok(row.map_or(0, |(rows,)| count(rows)))
}

/// Where entries are.
pub(crate) struct Place {
    pub table: &'static str,
    /// The column that holds the change set's id.
    pub set: &'static str,
    position: Option<&'static str>,
}

/// In the row of their change set, of which they are the only one.
pub(crate) static SINGLE: Place = Place { table: "change_sets", set: "id", position: None };

/// In rows of their own.
pub(crate) static SEVERAL: Place = Place { table: "changes", set: "change_set", position: Some("position") };

/// Whether an entry's row has so many later ones. Bulk writes hold no earlier version of a row: for those, age alone counts.
pub(crate) fn goes(this: &Place, keep_versions: u32) -> Condition {
    let later = later(this, &SINGLE, keep_versions).add(later(this, &SEVERAL, keep_versions));
    Condition::any().add(Expr::col((this.table, "added_keys")).is_not_null()).add(later.gte(i64::from(keep_versions)))
}

/// How many later entries of the same row are in `there`, counted up to `limit`.
fn later(this: &Place, there: &Place, limit: u32) -> Expr {
    let of = |column: &'static str| Expr::col(("later", column));
    let mut after = Condition::any().add(of(there.set).gt(Expr::col((this.table, this.set))));
    if let (Some(position), Some(own)) = (there.position, this.position) {
        after = after.add(of(position).gt(Expr::col((this.table, own))));
    }
    let rows = Query::select()
        .expr(Expr::val(1))
        .from_as(there.table, "later")
        .and_where(of("subject").equals((this.table, "subject")))
        // With the next one in words that an index understands.
        .and_where(of(there.set).gte(Expr::col((this.table, this.set))))
        .cond_where(after)
        .and_where(of("table_name").equals((this.table, "table_name")))
        .and_where(of("row_key").equals((this.table, "row_key")))
        .limit(limit.into())
        .take();
    let counted = Query::select().expr(Expr::cust("COUNT(*)")).from_subquery(rows, "counted").take();
    Expr::SubQuery(None, Box::new(counted.into()))
}
