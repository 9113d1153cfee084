//! A copy of one moment, and fingerprints of the source at that very moment, while others read and write.
//!
//! Two read transactions must see the same: that of `VACUUM INTO`, which can't be part of another one, and that in which
//! the rows are read. So nobody may commit between their beginnings: a third connection holds the writers' lock until
//! the copy's first pages are on disk, which is a matter of milliseconds. Readers never wait.

use std::{collections::BTreeMap, fs, path::Path, pin::pin, time::Duration};

use sea_orm::sqlx::{self, Connection, SqliteConnection};
use tokio::time::{Instant, interval};

use super::{BUSY_TIMEOUT, MIGRATIONS, failed, open_live, rows};
use crate::backup::{BackupError, Pace, Progress, Stage, TableSeal, files};

/// How often to look how far the copy is.
const LOOK: Duration = Duration::from_millis(2);

/// Writers are let go after this time whatever happens: they are not to fail for a backup. If one of them commits before
/// a copy that has not begun by then, the comparison finds it out.
const GATE_LIMIT: Duration = Duration::from_secs(2);

/// What was copied.
pub(in crate::backup) struct Copied {
    pub schema: Vec<String>,
    pub tables: BTreeMap<String, TableSeal>,
}

/// Copies `database` to the new file `to`. It is not on disk yet when this returns.
pub(in crate::backup) async fn copy(
    database: &Path,
    to: &Path,
    expected_bytes: u64,
    pace: Pace,
    progress: &Progress,
) -> Result<Copied, BackupError> {
    let reading = failed("read", database);
    let mut gate = open_live(database, BUSY_TIMEOUT).await.map_err(&reading)?;
    let mut source = open_live(database, BUSY_TIMEOUT).await.map_err(&reading)?;
    let mut copier = open_live(database, BUSY_TIMEOUT).await.map_err(&reading)?;
    let schema = schema(&mut source, database).await?;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut gate).await.map_err(&reading)?;
    sqlx::query("BEGIN").execute(&mut source).await.map_err(&reading)?;
    // A transaction sees the moment of its first read.
    let _: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut source).await.map_err(&reading)?;
    copy_through(gate, &mut copier, database, to, expected_bytes, progress).await?;
    let told = |done| progress.tell(Stage::ReadingRows, done, 0);
    let tables = rows::fingerprints(&mut source, database, pace, &told).await?;
    // Nothing is left to do about an error here: all has been read.
    let _ = (source.close().await, copier.close().await);
    Ok(Copied { schema, tables })
}

/// `VACUUM INTO`, with the writers' lock in `gate` until it has begun.
async fn copy_through(
    gate: SqliteConnection,
    copier: &mut SqliteConnection,
    database: &Path,
    to: &Path,
    expected_bytes: u64,
    progress: &Progress,
) -> Result<(), BackupError> {
    let target = to.to_str().ok_or(std::io::ErrorKind::InvalidFilename.into());
    let target = target.map_err(files::failed("write", to))?;
    let mut work = pin!(sqlx::query("VACUUM INTO ?").bind(target).execute(copier));
    let mut gate = Some(gate);
    let limit = Instant::now() + GATE_LIMIT;
    let mut looks = interval(LOOK);
    let outcome = loop {
        tokio::select! {
            done = &mut work => break done,
            now = looks.tick() => {
                let written = fs::metadata(to).map_or(0, |file| file.len());
                if written > 0 || now > limit {
                    open(gate.take()).await;
                }
                progress.tell(Stage::Copying, written, expected_bytes.max(written));
            }
        }
    };
    open(gate).await;
    outcome.map(drop).map_err(|error| match failed("copy", database)(error) {
        // The disk that is full is the copy's.
        BackupError::File { doing, source, .. } => BackupError::File { doing, path: to.to_owned(), source },
        other => other,
    })
}

/// Lets writers go on.
async fn open(gate: Option<SqliteConnection>) {
    if let Some(gate) = gate {
        // Closing ends the transaction, and the lock goes with the connection in any case.
        let _ = gate.close().await;
    }
}

/// The applied migrations.
async fn schema(connection: &mut SqliteConnection, database: &Path) -> Result<Vec<String>, BackupError> {
    let there = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?");
    let there: i64 = there.bind(MIGRATIONS).fetch_one(&mut *connection).await.map_err(failed("read", database))?;
    if there == 0 {
        return Err(BackupError::NotMatinee { path: database.to_owned() });
    }
    let applied = sqlx::query_scalar("SELECT version FROM seaql_migrations ORDER BY version");
    applied.fetch_all(connection).await.map_err(failed("read", database))
}
