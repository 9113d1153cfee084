//! What goes from the journal: what is too old, and what was a person's.

use matinee_services::ports::{PruneReport, RepositoryResult, Retention};
use sea_orm::{
    ConnectionTrait,
    prelude::Uuid,
    sea_query::{Alias, Condition, Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    change::{Change, person_digest},
    selecting::first_id_at,
    tables::USERS,
    tx::Tx,
    writing::Cause,
};
use crate::{
    Store,
    entities::{change_sets, changes},
    failure::Outcome,
    sql::{count, fetch_tuple, fetch_tuples},
};

/// Entries that go in one transaction: a writer waits for no more than that.
const ENTRIES_AT_ONCE: u64 = 2_000;

/// Forgets a person who is being erased: what their rows were, and which change sets were their doing.
pub(crate) async fn forget<C: ConnectionTrait + Send>(tx: &Tx<C>, user: Uuid) -> Outcome<()> {
    use change_sets::Column::{Actor, Note, RequestId};
    let rows =
        Query::delete().from_table(changes::Entity).and_where(Expr::col(changes::Column::Subject).eq(user)).take();
    tx.execute(&rows).await?;
    let doings = Query::update()
        .table(change_sets::Entity)
        .value(Actor, Expr::null())
        .value(RequestId, Expr::null())
        .value(Note, Expr::null())
        .and_where(Expr::col(Actor).eq(user))
        .take();
    tx.execute(&doings).await?;
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

pub(super) async fn prune(store: &Store, keep: Retention, dry_run: bool) -> RepositoryResult<PruneReport> {
    let end = first_id_at(keep.older_than);
    if dry_run {
        return store.read_bulk(async |db| what_goes(db, end, keep.keep_versions).await).await;
    }
    let mut report = PruneReport::default();
    loop {
        let gone = store
            .write_bulk(Cause::system("prune"), |tx| async move {
                let entries: Vec<(Uuid, i64)> =
                    fetch_tuples(&*tx, &too_old(end, keep.keep_versions).limit(ENTRIES_AT_ONCE).take()).await?;
                for (set, position) in &entries {
                    let delete = Query::delete()
                        .from_table(changes::Entity)
                        .and_where(Expr::col(changes::Column::ChangeSet).eq(*set))
                        .and_where(Expr::col(changes::Column::Position).eq(*position))
                        .take();
                    tx.execute(&delete).await?;
                }
                Ok(entries.len() as u64)
            })
            .await?;
        report.entries += gone;
        if gone < ENTRIES_AT_ONCE {
            break;
        }
    }
    report.change_sets = store
        .write_bulk(Cause::system("prune"), |tx| async move {
            let delete = Query::delete().from_table(change_sets::Entity).cond_where(empty(end)).take();
            Ok(tx.execute(&delete).await?.rows_affected())
        })
        .await?;
    Ok(report)
}

async fn what_goes(db: &impl ConnectionTrait, end: Uuid, keep_versions: u32) -> Outcome<PruneReport> {
    let entries: Vec<(Uuid, i64)> = fetch_tuples(db, &too_old(end, keep_versions)).await?;
    let gone: std::collections::HashSet<Uuid> = entries.iter().map(|(set, _)| *set).collect();
    let mut change_sets = 0;
    for set in gone {
        let left = Query::select()
            .expr(Expr::col(changes::Column::Position).count())
            .from(changes::Entity)
            .and_where(Expr::col(changes::Column::ChangeSet).eq(set))
            .take();
        let left: Option<(i64,)> = fetch_tuple(db, &left).await?;
        let going = entries.iter().filter(|(of, _)| *of == set).count() as u64;
        change_sets += u64::from(left.map_or(0, |(left,)| count(left)) == going);
    }
    Ok(PruneReport { change_sets, entries: entries.len() as u64 })
}

/// Entries before `end` whose row has so many later ones. Bulk writes hold no earlier version of a row, so age alone counts for them.
fn too_old(end: Uuid, keep_versions: u32) -> SelectStatement {
    use changes::Column::{ChangeSet, Position, RowKey, Subject, TableName};
    let later = Alias::new("later");
    let of = |column: changes::Column| Expr::col((later.clone(), column));
    let this = |column: changes::Column| Expr::col((changes::Entity, column));
    let later_ones = Query::select()
        .expr(Expr::val(1))
        .from_as(changes::Entity, later.clone())
        .and_where(of(Subject).eq(this(Subject)))
        .and_where(of(ChangeSet).gte(this(ChangeSet)))
        .and_where(of(TableName).eq(this(TableName)))
        .and_where(of(RowKey).eq(this(RowKey)))
        .cond_where(Condition::any().add(of(ChangeSet).gt(this(ChangeSet))).add(of(Position).gt(this(Position))))
        .limit(u64::from(keep_versions))
        .take();
    let later_count = Query::select().expr(Expr::cust("COUNT(*)")).from_subquery(later_ones, "later_ones").take();
    Query::select()
        .columns([(changes::Entity, ChangeSet), (changes::Entity, Position)])
        .from(changes::Entity)
        .and_where(this(ChangeSet).lt(end))
        .cond_where(
            Condition::any()
                .add(this(changes::Column::AddedKeys).is_not_null())
                .add(Expr::SubQuery(None, Box::new(later_count.into())).gte(i64::from(keep_versions))),
        )
        .take()
}

/// Change sets before `end` with no entry left.
fn empty(end: Uuid) -> Condition {
    let entry = Query::select()
        .expr(Expr::val(1))
        .from(changes::Entity)
        .and_where(
            Expr::col((changes::Entity, changes::Column::ChangeSet))
                .equals((change_sets::Entity, change_sets::Column::Id)),
        )
        .take();
    Condition::all().add(Expr::col((change_sets::Entity, change_sets::Column::Id)).lt(end)).add(Expr::not_exists(entry))
}
