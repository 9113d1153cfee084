//! Where rows are kept on PostgreSQL, and moving them: `matinee partitions`.
//!
//! Tables of films and of what people own are partitioned by a hash (`migrations/src/partitions.rs`). [`status`] lists the
//! partitions, [`place`] moves them to tablespaces, which are other disks, and [`split`] makes more of them. Both of the
//! latter work on a live database: each step is a transaction that locks what it moves, so that writers wait for that step
//! and then go on. `quarters` is for history, which is partitioned by time, and `drop` for what of it is too old.

mod drop;
mod place;
mod quarters;
mod split;
mod status;

pub(crate) use drop::drop_old_history;
pub use quarters::Quarter;
pub use status::Partition;

use std::time::Duration;

use matinee_domain::Timestamp;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement, TransactionTrait,
};
use thiserror::Error;
use tokio::time::sleep;
use tracing::warn;

use crate::{Engine, Store, engine::postgres::sqlstate};

/// How long a step waits for what reads or writes its tables to end, before it lets those by who queue behind it. Shorter
/// than the server's `deadlock_timeout` (1 s): where two wait for each other, it is the step that gives way.
const LOCK_WAIT: Duration = Duration::from_millis(500);

/// How long those may go on before the step asks again.
const LOCK_PAUSE: Duration = Duration::from_millis(200);

/// How often a step asks for its locks.
const LOCK_TRIES: u32 = 200;

/// Each fifth time it waits longer than `deadlock_timeout`, upon which the server ends an autovacuum that is in the way.
const LONG_LOCK_WAIT: Duration = Duration::from_millis(1_500);

/// Tables of history, by quarter.
const HISTORY: [&str; 2] = ["change_sets", "changes"];

/// Quarters that are made ahead: a server that runs for a year without being started anew has them all.
const QUARTERS_AHEAD: u32 = 4;

/// Makes the coming quarters' partitions. What can't be made is no reason not to serve: rows of a quarter without a
/// partition of its own are in the one for all others.
pub(crate) async fn keep_quarters(store: &Store, now: Timestamp) {
    for table in HISTORY {
        if let Err(error) = store.ensure_quarters(table, now, QUARTERS_AHEAD).await {
            warn!(table, %error, "a quarter's partition was not made");
        }
    }
}

/// Why partitions can't be listed or moved.
#[derive(Debug, Error)]
pub enum PartitionError {
    #[error("the embedded SQLite database is one file and has no partitions; they need PostgreSQL (data.url)")]
    Embedded,
    #[error(
        "CockroachDB splits and moves ranges by itself; `matinee migrate sql --engine cockroachdb` prints where they go"
    )]
    Cockroach,
    #[error("there is no table or partition {name:?}; there are: {there}")]
    NoSuchTable { name: String, there: String },
    #[error("{table:?} is not partitioned: {reason}")]
    Whole { table: String, reason: &'static str },
    #[error(
        "there is no tablespace {name:?}; there are: {there} (make one: CREATE TABLESPACE {name} LOCATION '/folder/of/postgres')"
    )]
    NoSuchTablespace { name: String, there: String },
    #[error("{table} is in use by long transactions: its lock was not granted within {} s. Try again when it is quieter", .waited.as_secs())]
    Busy { table: String, waited: Duration },
    #[error("database: {0}")]
    Database(#[from] DbErr),
}

/// One step that is done, for whoever shows progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub partition: String,
    /// Tablespace, or the new partitions.
    pub to: String,
    pub bytes: u64,
    pub done: usize,
    pub total: usize,
}

impl Store {
    /// All tables and partitions, where they are, and how large.
    ///
    /// # Errors
    /// `Embedded` or `Cockroach` on an engine without partitions, `Database` when it can't be asked.
    pub async fn list_partitions(&self) -> Result<Vec<Partition>, PartitionError> {
        status::list(self.partitioned()?).await
    }

    /// Moves a table's partitions, or one partition, to these tablespaces in turn. Each is copied under a lock: readers
    /// and writers of that partition wait meanwhile.
    ///
    /// # Errors
    /// As [`list_partitions`](Self::list_partitions); `NoSuchTable`, `NoSuchTablespace`, or `Busy` when a lock is not
    /// granted. What was moved before stays moved.
    pub async fn place_partitions(
        &self,
        name: &str,
        tablespaces: &[String],
        progress: &mut (dyn FnMut(Moved) + Send),
    ) -> Result<(), PartitionError> {
        place::place(self.partitioned()?, name, tablespaces, progress).await
    }

    /// Makes two partitions of each of a table's. Its writers wait while one is copied; where other tables refer to this
    /// one, they wait for all of it.
    ///
    /// # Errors
    /// As [`place_partitions`](Self::place_partitions), and `Whole` for a table without partitions. After an error the
    /// same command goes on with what is left.
    pub async fn split_partitions(
        &self,
        table: &str,
        progress: &mut (dyn FnMut(Moved) + Send),
    ) -> Result<(), PartitionError> {
        split::split(self.partitioned()?, table, progress).await
    }

    /// Makes the quarterly partitions of a table of history from now to `ahead` quarters on, where they are missing, and
    /// returns their names. Does nothing on engines without partitions.
    ///
    /// # Errors
    /// `Database`, also where rows of such a quarter are in the default partition already.
    pub async fn ensure_quarters(
        &self,
        table: &str,
        now: Timestamp,
        ahead: u32,
    ) -> Result<Vec<String>, PartitionError> {
        match self.partitioned() {
            Ok(db) => quarters::ensure(db, table, now, ahead).await,
            Err(PartitionError::Embedded | PartitionError::Cockroach) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn partitioned(&self) -> Result<&DatabaseConnection, PartitionError> {
        match self.engine() {
            Engine::Postgres => Ok(self.bulk_writer()),
            Engine::Sqlite => Err(PartitionError::Embedded),
            Engine::Cockroach => Err(PartitionError::Cockroach),
        }
    }
}

/// A name as it stands in a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A transaction in which these statements have run, which take locks, and which may then take as long as it needs. Asks
/// for the locks again and again, so that nobody queues behind the question for longer than [`LOCK_WAIT`].
async fn begin_locked(
    db: &DatabaseConnection,
    table: &str,
    locks: &[String],
) -> Result<DatabaseTransaction, PartitionError> {
    for tried in 1..=LOCK_TRIES {
        let transaction = db.begin().await?;
        let wait = if tried % 5 == 0 { LONG_LOCK_WAIT } else { LOCK_WAIT };
        match take(&transaction, locks, wait).await {
            Ok(()) => return Ok(transaction),
            // Not granted in time, or it would have been a deadlock.
            Err(error) if matches!(sqlstate(&error), Some("55P03" | "40P01")) => {
                transaction.rollback().await?;
                sleep(LOCK_PAUSE).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(PartitionError::Busy { table: table.to_owned(), waited: (LOCK_WAIT + LOCK_PAUSE) * LOCK_TRIES })
}

async fn take(transaction: &DatabaseTransaction, locks: &[String], wait: Duration) -> Result<(), DbErr> {
    transaction.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    transaction.execute_unprepared(&format!("SET LOCAL lock_timeout = {}", wait.as_millis())).await?;
    for lock in locks {
        transaction.execute_unprepared(lock).await?;
    }
    Ok(())
}

/// The first column of all rows.
async fn texts(db: &DatabaseConnection, sql: &str) -> Result<Vec<String>, DbErr> {
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
