//! Making two partitions of one, while others write.
//!
//! A partition of modulus m and remainder r becomes those of modulus 2m and remainders r and r + m. In one transaction its
//! table is locked, the partition detached, its rows copied into two new tables, which are attached (that builds their
//! indexes and checks what they point to, in bulk) and the old one is dropped. Writers wait for the lock, then plan anew;
//! at READ COMMITTED the statement that waited sees the new partitions' rows. Disk space for a second copy of the
//! partition is needed meanwhile.
//!
//! PostgreSQL refuses to detach a partition that rows of other tables point to. For `movies`, which ratings and credits
//! point to, the foreign keys are therefore taken away and put back, which checks them all, in one transaction over all
//! partitions: nobody sees the table without them.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, FromQueryResult, Statement};

use super::{Moved, Partition, PartitionError, begin_locked, quoted, status};

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
            let transaction = begin_locked(db, table, &lock(table, &references)).await?;
            let to = halve(&transaction, partition).await?;
            transaction.commit().await?;
            progress(moved(index, partition, to));
        }
    } else {
        let transaction = begin_locked(db, table, &lock(table, &references)).await?;
        for reference in &references {
            run(&transaction, &format!("ALTER TABLE {} DROP CONSTRAINT {}", reference.from, quoted(&reference.name)))
                .await?;
        }
        for (index, partition) in partitions.iter().enumerate() {
            let to = halve(&transaction, partition).await?;
            progress(moved(index, partition, to));
        }
        for Reference { from, name, definition } in &references {
            run(&transaction, &format!("ALTER TABLE {from} ADD CONSTRAINT {} {definition}", quoted(name))).await?;
        }
        transaction.commit().await?;
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

/// What refers to the table comes first: who writes to that has read it before, and so never waits for this in a ring.
fn lock(table: &str, references: &[Reference]) -> String {
    let mut tables: Vec<_> = references.iter().map(|reference| reference.from.clone()).collect();
    tables.push(quoted(table));
    tables.dedup();
    format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", tables.join(", "))
}

async fn halve(transaction: &DatabaseTransaction, old: &Partition) -> Result<[String; 2], PartitionError> {
    let (modulus, remainder) = old.hash_bound().expect("only partitions by hash are halved");
    let (parent, old_name) = (quoted(&old.table), quoted(&old.name));
    let names = [remainder, remainder + modulus].map(|remainder| {
        let name = format!("{}_m{}_r{remainder}", old.table, modulus * 2);
        (name, remainder)
    });
    run(transaction, &format!("ALTER TABLE {parent} DETACH PARTITION {old_name}")).await?;
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
    run(transaction, &format!("DROP TABLE {old_name}")).await?;
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
