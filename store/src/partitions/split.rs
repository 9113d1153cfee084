//! Making two partitions of one, while others write.
//!
//! A partition of modulus m and remainder r becomes those of modulus 2m and remainders r and r + m. In one transaction its
//! table is locked, the rows are copied into two new tables, the old partition is detached and the new ones attached, which builds
//! their indexes and checks what they point to, in bulk. Writers wait for the lock, then plan anew; at READ COMMITTED the
//! statement that waited sees the new partitions' rows. Disk space for a second copy of the partition is needed meanwhile.
//!
//! All locks are asked for before any work is done, so that no work is lost to a deadlock: the table's own alone, and
//! those that keep others from writing to what it points to. The old table is dropped afterwards, by itself, because that takes a short
//! exclusive lock on what it pointed to; one that is left from a split that was cut off is dropped by the next.
//!
//! PostgreSQL refuses to detach a partition that rows of other tables point to. For `movies`, which ratings and credits
//! point to, the foreign keys are therefore taken away and put back, which checks them all, in one transaction over all
//! partitions: nobody sees the table without them.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, FromQueryResult, Statement};

use super::{Moved, Partition, PartitionError, begin_locked, quoted, status, texts};

pub(super) async fn split(
    db: &DatabaseConnection,
    table: &str,
    progress: &mut (dyn FnMut(Moved) + Send),
) -> Result<(), PartitionError> {
    let partitions = status::named(db, table).await?;
    let bounds: Vec<_> = partitions.iter().filter_map(Partition::hash_bound).map(|(modulus, _)| modulus).collect();
    // Those of a split that was cut off are halved already.
    let Some(coarsest) = bounds.into_iter().min().filter(|_| partitions[0].table == table) else {
        let reason = "its key holds no column that rows could be spread by, or it is partitioned by time";
        return Err(PartitionError::Whole { table: table.to_owned(), reason });
    };
    let coarse = |partition: &Partition| partition.hash_bound().is_some_and(|(modulus, _)| modulus == coarsest);
    let partitions: Vec<_> = partitions.into_iter().filter(coarse).collect();
    let references = references_to(db, table).await?;
    let pointed_to = pointed_to(db, table).await?;
    let locks = locks(table, &references, &pointed_to);
    for left in left_over(db, table).await? {
        drop_detached(db, &left, &pointed_to).await?;
    }
    let total = partitions.len();
    let moved = |index: usize, partition: &Partition, to: [String; 2]| Moved {
        partition: partition.name.clone(),
        to: to.join(" and "),
        bytes: partition.bytes,
        done: index + 1,
        total,
    };
    if references.is_empty() {
        for (index, partition) in partitions.iter().enumerate() {
            let transaction = begin_locked(db, table, &locks).await?;
            let to = halve(&transaction, partition).await?;
            transaction.commit().await?;
            drop_detached(db, &partition.name, &pointed_to).await?;
            progress(moved(index, partition, to));
        }
    } else {
        let transaction = begin_locked(db, table, &locks).await?;
        for Reference { from, name, .. } in &references {
            run(&transaction, &format!("ALTER TABLE {from} DROP CONSTRAINT {}", quoted(name))).await?;
        }
        for (index, partition) in partitions.iter().enumerate() {
            let to = halve(&transaction, partition).await?;
            progress(moved(index, partition, to));
        }
        for Reference { from, name, definition } in &references {
            run(&transaction, &format!("ALTER TABLE {from} ADD CONSTRAINT {} {definition}", quoted(name))).await?;
        }
        transaction.commit().await?;
        for partition in &partitions {
            drop_detached(db, &partition.name, &pointed_to).await?;
        }
    }
    db.execute_unprepared(&format!("ANALYZE {}", quoted(table))).await?;
    Ok(())
}

/// A foreign key of another table.
#[derive(FromQueryResult)]
struct Reference {
    /// Quoted where it must be.
    from: String,
    name: String,
    definition: String,
}

async fn references_to(db: &DatabaseConnection, table: &str) -> Result<Vec<Reference>, DbErr> {
    let sql = format!(
        "SELECT conrelid::regclass::text AS from, conname::text AS name, pg_get_constraintdef(oid) AS definition \
         FROM pg_constraint WHERE contype = 'f' AND confrelid = '{}'::regclass AND conparentid = 0 ORDER BY 1, 2",
        quoted(table)
    );
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    rows.iter().map(|row| Reference::from_query_result(row, "")).collect()
}

/// Tables that this one's foreign keys point to, quoted where they must be: in the order in which writers lock them, who
/// begin with the person.
async fn pointed_to(db: &DatabaseConnection, table: &str) -> Result<Vec<String>, DbErr> {
    let sql = format!(
        "SELECT name FROM (SELECT DISTINCT confrelid::regclass::text AS name FROM pg_constraint \
         WHERE contype = 'f' AND conrelid = '{}'::regclass AND conparentid = 0) pointed_to ORDER BY name <> 'users', name",
        quoted(table)
    );
    texts(db, &sql).await
}

/// What points to the table comes first, then the table itself: who writes to it has read that before, and so never waits
/// for this in a ring.
fn locks(table: &str, references: &[Reference], pointed_to: &[String]) -> Vec<String> {
    let mut alone: Vec<_> = references.iter().map(|reference| reference.from.clone()).collect();
    alone.push(quoted(table));
    alone.dedup();
    let mut locks = vec![format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", alone.join(", "))];
    if !pointed_to.is_empty() {
        // As adding a foreign key takes it.
        locks.push(format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", pointed_to.join(", ")));
    }
    locks
}

/// Former partitions that a split which was cut off has left.
async fn left_over(db: &DatabaseConnection, table: &str) -> Result<Vec<String>, DbErr> {
    let sql = format!(
        "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' \
         AND NOT relispartition AND relname ~ '^{table}_m[0-9]+_r[0-9]+$'"
    );
    texts(db, &sql).await
}

/// Its foreign keys go with it, for which what they point to is locked for a moment: here, in order, rather than by the
/// drop, which would begin with partitions.
async fn drop_detached(db: &DatabaseConnection, name: &str, pointed_to: &[String]) -> Result<(), PartitionError> {
    let mut steps: Vec<_> =
        pointed_to.iter().map(|table| format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).collect();
    steps.push(format!("DROP TABLE IF EXISTS {}", quoted(name)));
    Ok(begin_locked(db, name, &steps).await?.commit().await?)
}

async fn halve(transaction: &DatabaseTransaction, old: &Partition) -> Result<[String; 2], PartitionError> {
    let (modulus, remainder) = old.hash_bound().expect("only partitions by hash are halved");
    let (parent, old_name) = (quoted(&old.table), quoted(&old.name));
    let names = [remainder, remainder + modulus].map(|remainder| {
        let name = format!("{}_m{}_r{remainder}", old.table, modulus * 2);
        (name, remainder)
    });
    // Indexes are built where the table is.
    run(transaction, &format!("SET LOCAL default_tablespace = {}", quoted(&old.tablespace))).await?;
    let key = partition_key(transaction, &old.table).await?;
    for (name, remainder) in &names {
        let (name, modulus) = (quoted(name), modulus * 2);
        run(transaction, &format!("CREATE TABLE {name} (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"))
            .await?;
        run(
            transaction,
            &format!(
                "INSERT INTO {name} SELECT * FROM {old_name} \
                 WHERE satisfies_hash_partition('{parent}'::regclass, {modulus}, {remainder}, {key})"
            ),
        )
        .await?;
    }
    run(transaction, &format!("ALTER TABLE {parent} DETACH PARTITION {old_name}")).await?;
    for (name, remainder) in &names {
        let bound = format!("FOR VALUES WITH (MODULUS {}, REMAINDER {remainder})", modulus * 2);
        run(transaction, &format!("ALTER TABLE {parent} ATTACH PARTITION {} {bound}", quoted(name))).await?;
    }
    let [(first, _), (second, _)] = names;
    Ok([first, second])
}

/// `HASH (user_id)` → `user_id`.
async fn partition_key(transaction: &DatabaseTransaction, table: &str) -> Result<String, DbErr> {
    let sql = format!("SELECT pg_get_partkeydef('{}'::regclass)", quoted(table));
    let row = transaction.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let definition: String = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    Ok(definition.trim_start_matches("HASH (").trim_end_matches(')').to_owned())
}

async fn run(transaction: &DatabaseTransaction, sql: &str) -> Result<(), DbErr> {
    transaction.execute_unprepared(sql).await.map(|_| ())
}
