//! SQLite: many readers beside one writer, in one file.
//!
//! Write-ahead logging lets readers go on while somebody writes. All writers of this process share one connection, so
//! that they wait for each other in the pool's queue (first come, first served) rather than by polling the file's lock;
//! `BEGIN IMMEDIATE` with a busy timeout does the same between processes, since a transaction that reads first and
//! writes later would fail at once.

use std::{path::Path, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, RuntimeErr, SqliteTransactionMode,
    TransactionOptions,
    sqlx::{self, Connection, SqliteConnection},
};

use super::{Engine, Pools};
use crate::{Durability, StoreError, StoreOptions, failure::Outcome};

/// Primary result codes (<https://www.sqlite.org/rescode.html>); extended ones have them in their low byte.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;

/// Bytes of the file that each connection may read through memory mapping rather than by copying: all of it, as far as SQLite is compiled
/// for (`.cargo/config.toml`; 2 GiB without). Mapped pages are the system's, shared by all connections and given back when others
/// need them.
const MMAP_BYTES: &str = "1099511627776";

/// KiB of pages that the writer keeps in memory, as SQLite wants them written (negative). A batch of an import that does not
/// fit is written to the log and read back in pieces: with SQLite's own 2 MiB that took more time than everything else.
const WRITER_CACHE: &str = "-65536";

/// Pages in the log before they are copied into the file: pages that are written again and again are copied once. 16 MiB, which
/// are read in a few hundredths of a second when the database is opened after a crash; SQLite's own 4 MiB are full every
/// hundred ratings.
const PAGES_BETWEEN_CHECKPOINTS: &str = "4096";

/// The same where commits need not be on disk at once: 64 MiB.
const PAGES_BETWEEN_BULK_CHECKPOINTS: &str = "16384";

/// Rows that may wait between the thread that reads them and who wants them: with 50, the driver's own number, the two stop for each
/// other again and again.
const ROWS_WAITING: usize = 1024;

/// Statements each connection keeps prepared.
const PREPARED_STATEMENTS: usize = 256;

pub(crate) async fn open(path: &str, options: &StoreOptions) -> Result<Pools, StoreError> {
    let failed = |source: DbErr| StoreError::Open { path: path.to_owned(), source: Box::new(source) };
    if path.is_empty() || path == ":memory:" {
        // Each connection would have a database of its own.
        return Err(StoreError::UnknownEngine { url: format!("sqlite:{path}") });
    }
    if !options.replica_urls.is_empty() {
        return Err(StoreError::ReplicasOfOneFile);
    }
    // The writer first: it makes the file and sets its journal mode.
    let writes = Database::connect(connect_options(path, options, Use::Write)).await.map_err(failed)?;
    let reads = Database::connect(connect_options(path, options, Use::Read)).await.map_err(failed)?;
    Ok(Pools {
        engine: Engine::Sqlite,
        bulk_reads: reads.clone(),
        bulk_writes: writes.clone(),
        reads,
        writes,
        follower: None,
        secondaries: None,
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Use {
    Read,
    Write,
}

fn connect_options(path: &str, options: &StoreOptions, purpose: Use) -> ConnectOptions {
    // The address only picks the driver; the path may hold characters that mean something in an address.
    let mut connect = ConnectOptions::new("sqlite:placeholder");
    connect
        .min_connections(1)
        .max_connections(if purpose == Use::Write { 1 } else { options.max_connections.max(1) })
        .acquire_timeout(options.acquire_timeout)
        .max_lifetime(None::<Duration>)
        .idle_timeout(if purpose == Use::Write { None } else { Some(Duration::from_mins(5)) })
        // There is no network to fail between two calls.
        .test_before_acquire(false)
        .sqlx_logging(false);
    connect.map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(has_no_transaction(connection)));
    let path = Path::new(path).to_owned();
    let (busy_timeout, durability) = (options.busy_timeout, options.durability);
    connect.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite
            .filename(&path)
            .busy_timeout(busy_timeout)
            .foreign_keys(true)
            .statement_cache_capacity(PREPARED_STATEMENTS)
            .row_buffer_size(ROWS_WAITING)
            .pragma("mmap_size", MMAP_BYTES)
            .pragma("temp_store", "MEMORY");
        match purpose {
            Use::Write => {
                let writer =
                    sqlite.create_if_missing(true).pragma("journal_mode", "WAL").pragma("cache_size", WRITER_CACHE);
                match durability {
                    Durability::Full => {
                        writer.pragma("synchronous", "FULL").pragma("wal_autocheckpoint", PAGES_BETWEEN_CHECKPOINTS)
                    }
                    Durability::Normal => writer
                        .pragma("synchronous", "NORMAL")
                        .pragma("wal_autocheckpoint", PAGES_BETWEEN_BULK_CHECKPOINTS),
                }
            }
            Use::Read => sqlite.pragma("query_only", "ON"),
        }
    });
    connect
}

/// Whether a connection is good for the next transaction. On a full disk SQLite may end a transaction by itself; the driver's own
/// ROLLBACK then fails, and it takes the connection for one within a transaction for good: what came later would be written under
/// savepoints of a transaction that nobody commits, acknowledged, and lost with the process. Such a connection is closed.
async fn has_no_transaction(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if !connection.is_in_transaction() {
        return Ok(true);
    }
    // Its rollback may be on the way: this is answered after it.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

pub(crate) fn writing() -> TransactionOptions {
    TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() }
}

pub(crate) fn is_transient(error: &DbErr) -> bool {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    // Other engines' codes are numbers, too.
    let code = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<sea_orm::SqlxSqliteError>())
        .and_then(sqlx::error::DatabaseError::code)
        .and_then(|code| code.parse().ok());
    code.is_some_and(|code: i32| matches!(code & 0xff, BUSY | LOCKED))
}

pub(crate) async fn analyze(writes: &DatabaseConnection) -> Outcome<()> {
    // A thousand rows of each index tell enough, in milliseconds.
    writes.execute_unprepared("PRAGMA analysis_limit = 1000").await?;
    writes.execute_unprepared("ANALYZE").await?;
    Ok(())
}
