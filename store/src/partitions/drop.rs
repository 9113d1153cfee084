//! Old quarters of history go as whole partitions.
//!
//! What must stay of a quarter (the last versions of rows that were hardly changed since) is moved to the partition for
//! all else first, in the same transaction. A quarter of which much stays is left to be thinned out entry by entry: to move it
//! would cost more than it gains, and writers would wait meanwhile.

use std::collections::BTreeSet;

use matinee_services::ports::{RepositoryResult, Retention};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, Iterable,
    sea_query::{Expr, ExprTrait, PostgresQueryBuilder, Query, SelectStatement, UnionType},
};
use tracing::warn;

use super::{HISTORY, PartitionError, Quarter, begin_locked, quoted, texts};
use crate::{
    Store,
    entities::{change_sets, changes},
    failure::Failure,
    journal::{Place, SEVERAL, SINGLE, goes},
    sql::{count, fetch_tuple},
};

/// A quarter goes whole when no more than one of so many of its entries stays.
const STAYING_ONE_OF: u64 = 4;

/// What went, or would go, with a quarter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub partitions: Vec<String>,
    pub change_sets: u64,
    pub entries: u64,
}

/// Drops the quarters that ended before the time that is kept. Nothing on engines without partitions.
pub(crate) async fn drop_old_history(store: &Store, keep: Retention, dry_run: bool) -> RepositoryResult<Vec<Dropped>> {
    let Ok(db) = store.partitioned() else { return Ok(Vec::new()) };
    let mut dropped = Vec::new();
    for quarter in ended_before(db, keep).await.map_err(Failure::Sql)? {
        let old = Old { db, quarter, keep_versions: keep.keep_versions };
        let Some(goes) = old.what_goes().await? else { continue };
        if !dry_run && let Err(error) = old.drop(&goes.partitions).await {
            // Its entries go one by one then.
            warn!(quarter = %quarter.partition_of("of history"), %error, "old partitions were not dropped whole");
            continue;
        }
        dropped.push(goes);
    }
    Ok(dropped)
}

/// Quarters with a partition, of which nothing is within the time that is kept.
async fn ended_before(db: &DatabaseConnection, keep: Retention) -> Result<BTreeSet<Quarter>, DbErr> {
    let mut quarters = BTreeSet::new();
    for table in HISTORY {
        let names = partitions_of(db, table).await?;
        quarters.extend(names.iter().filter_map(|name| Quarter::of_partition(table, name)));
    }
    quarters.retain(|quarter| quarter.next().starts_at() <= keep.older_than);
    Ok(quarters)
}

async fn partitions_of(db: &DatabaseConnection, table: &str) -> Result<Vec<String>, DbErr> {
    let ask = format!(
        "SELECT leaf.relname::text FROM pg_inherits JOIN pg_class leaf ON leaf.oid = inhrelid \
         WHERE inhparent = '{table}'::regclass ORDER BY 1"
    );
    texts(db, &ask).await
}

/// A quarter that is past keeping.
struct Old<'a> {
    db: &'a DatabaseConnection,
    quarter: Quarter,
    keep_versions: u32,
}

impl Old<'_> {
    /// What would go with the partitions; none where too much has to stay.
    async fn what_goes(&self) -> RepositoryResult<Option<Dropped>> {
        let how_many = async |select: SelectStatement| {
            let select = Query::select().expr(Expr::cust("COUNT(*)")).from_subquery(select, "counted").take();
            let row: Option<(i64,)> = fetch_tuple(self.db, &select).await?;
            Ok::<_, Failure>(row.map_or(0, |(rows,)| count(rows)))
        };
        let [single, several] = self.entries();
        let entries = how_many(single).await? + how_many(several).await?;
        let [single, several] = self.staying_entries();
        let staying = how_many(single).await? + how_many(several).await?;
        if staying.saturating_mul(STAYING_ONE_OF) > entries {
            return Ok(None);
        }
        let sets = how_many(self.sets()).await?;
        let staying_sets = how_many(self.staying_sets()).await?;
        let mut partitions = Vec::new();
        for table in HISTORY {
            let there = partitions_of(self.db, table).await.map_err(Failure::Sql)?;
            partitions.extend(there.into_iter().filter(|name| *name == self.quarter.partition_of(table)));
        }
        Ok(Some(Dropped { partitions, change_sets: sets - staying_sets, entries: entries - staying }))
    }

    /// Moves what stays and drops the rest, in one transaction.
    async fn drop(&self, partitions: &[String]) -> Result<(), PartitionError> {
        let [single, several] = self.staying_entries();
        let no_position = Expr::cust("CAST(NULL AS bigint)");
        let single = single.clone().expr(no_position).take();
        let staying = single.clone().union(UnionType::All, several).take().to_string(PostgresQueryBuilder);
        // Looked for before the locks are taken: old entries don't change, and what is erased meanwhile isn't there to be moved.
        let find = format!("CREATE TEMPORARY TABLE matinee_staying (change_set, position) ON COMMIT DROP AS {staying}");
        let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", HISTORY.map(quoted).join(", "));
        let transaction = begin_locked(self.db, "history", &[find, lock]).await?;
        for table in HISTORY {
            let partition = self.quarter.partition_of(table);
            if !partitions.contains(&partition) {
                continue;
            }
            let (parent, partition) = (quoted(table), quoted(&partition));
            let (columns, stays) = if table == SINGLE.table {
                (names::<change_sets::Column>(), "stays.change_set = old.id")
            } else {
                (names::<changes::Column>(), "stays.change_set = old.change_set AND stays.position = old.position")
            };
            for statement in [
                format!("ALTER TABLE {parent} DETACH PARTITION {partition}"),
                // To the partition for all else: there is none for this time any more.
                format!(
                    "INSERT INTO {parent} ({columns}) SELECT {columns} FROM {partition} AS old \
                     WHERE EXISTS (SELECT 1 FROM matinee_staying AS stays WHERE {stays})"
                ),
                format!("DROP TABLE {partition}"),
            ] {
                transaction.execute_unprepared(&statement).await?;
            }
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The change sets of the quarter, or of its entries in `changes`.
    fn of_quarter(&self, place: &Place) -> SelectStatement {
        let (from, to) = self.quarter.ids();
        let set = || Expr::col((place.table, place.set));
        Query::select().expr(set()).from(place.table).and_where(set().gte(from)).and_where(set().lt(to)).take()
    }

    fn sets(&self) -> SelectStatement {
        self.of_quarter(&SINGLE)
    }

    /// Of change sets of one entry, and of others.
    fn entries(&self) -> [SelectStatement; 2] {
        let mut single = self.sets();
        single.and_where(Expr::col((SINGLE.table, "table_name")).is_not_null());
        let mut several = self.of_quarter(&SEVERAL);
        several.column((SEVERAL.table, "position"));
        [single, several]
    }

    fn staying_entries(&self) -> [SelectStatement; 2] {
        let [mut single, mut several] = self.entries();
        single.cond_where(goes(&SINGLE, self.keep_versions).not());
        several.cond_where(goes(&SEVERAL, self.keep_versions).not());
        [single, several]
    }

    fn staying_sets(&self) -> SelectStatement {
        let [single, several] = self.staying_entries();
        let several = Query::select().column("change_set").distinct().from_subquery(several, "several").take();
        single.clone().union(UnionType::All, several).take()
    }
}

/// The columns of a table, as a list.
fn names<C: Iterable + sea_orm::Iden>() -> String {
    C::iter().map(|column| quoted(&column.to_string())).collect::<Vec<_>>().join(", ")
}
