//! Moving partitions to other disks.

use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::{Moved, PartitionError, begin_locked, quoted, status, texts};

pub(super) async fn place(
    db: &DatabaseConnection,
    name: &str,
    tablespaces: &[String],
    progress: &mut (dyn FnMut(Moved) + Send),
) -> Result<(), PartitionError> {
    let partitions = status::named(db, name).await?;
    let there = texts(db, "SELECT spcname::text FROM pg_tablespace WHERE spcname <> 'pg_global' ORDER BY 1").await?;
    if let Some(name) = tablespaces.iter().find(|name| !there.contains(name)) {
        return Err(PartitionError::NoSuchTablespace { name: name.clone(), there: there.join(", ") });
    }
    let total = partitions.len();
    for (index, (partition, tablespace)) in partitions.iter().zip(tablespaces.iter().cycle()).enumerate() {
        move_to(db, &partition.name, tablespace).await?;
        progress(Moved {
            partition: partition.name.clone(),
            to: tablespace.clone(),
            bytes: partition.bytes,
            done: index + 1,
            total,
        });
    }
    Ok(())
}

/// The table and its indexes, as one. What is there already is not copied.
async fn move_to(db: &DatabaseConnection, partition: &str, tablespace: &str) -> Result<(), PartitionError> {
    let (table, to) = (quoted(partition), quoted(tablespace));
    let ask = format!("SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = '{table}'::regclass");
    let indexes = texts(db, &ask).await?;
    let lock = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
    let transaction = begin_locked(db, partition, &[lock]).await?;
    transaction.execute_unprepared(&format!("ALTER TABLE {table} SET TABLESPACE {to}")).await?;
    for index in indexes {
        // As the server wrote it: quoted where it must be.
        transaction.execute_unprepared(&format!("ALTER INDEX {index} SET TABLESPACE {to}")).await?;
    }
    transaction.commit().await?;
    Ok(())
}
