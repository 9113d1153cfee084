//! What only `SQLite` can do for a backup. Connections here are a command's own: pools would be in the way of taking a
//! database away from everybody, and the schema must stay as it is.

mod copy;
mod rows;
mod target;

pub(super) use copy::copy;
pub(super) use rows::compare;
pub(super) use target::Target;

use std::{io, path::Path, time::Duration};

use sea_orm::sqlx::{self, ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{BackupError, files};

/// The engine's name in manifests and messages.
pub(super) const ENGINE: &str = "sqlite";

/// The table of applied migrations.
const MIGRATIONS: &str = "seaql_migrations";

/// How long to wait for somebody else's lock: longer than any batch of an import.
const BUSY_TIMEOUT: Duration = Duration::from_mins(1);

/// Rows that the engine's thread may be ahead.
const ROWS_AHEAD: usize = 1024;

/// Bytes of a still file that are read through memory mapping rather than by copying.
const MMAP_BYTES: &str = "1073741824";

/// Primary result codes (<https://www.sqlite.org/rescode.html>); extended ones have them in their low byte.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READ_ONLY: i32 = 8;
const IO: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANNOT_OPEN: i32 = 14;
const NOT_A_DATABASE: i32 = 26;

/// Opens a database that others may use.
async fn open_live(path: &Path, busy_timeout: Duration) -> sqlx::Result<SqliteConnection> {
    options(path).busy_timeout(busy_timeout).connect().await
}

/// Opens a file that nobody writes to; nothing is written beside it either.
async fn open_still(path: &Path) -> sqlx::Result<SqliteConnection> {
    options(path).read_only(true).immutable(true).pragma("mmap_size", MMAP_BYTES).connect().await
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(false)
        .row_buffer_size(ROWS_AHEAD)
        // Long statements are what these commands are made of.
        .disable_statement_logging()
}

/// The primary result code of an error.
fn code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code)?;
    code.parse().ok().map(|code: i32| code & 0xff)
}

/// Names what was being done to which database.
fn failed(doing: &'static str, path: &Path) -> impl Fn(sqlx::Error) -> BackupError {
    move |error| match code(&error) {
        Some(NOT_A_DATABASE) => BackupError::NotADatabase { path: path.to_owned() },
        Some(CORRUPT) => BackupError::DamagedSource { path: path.to_owned(), reason: error.to_string() },
        Some(FULL) => files::failed(doing, path)(io::ErrorKind::StorageFull.into()),
        Some(IO) => BackupError::DiskFailed { doing, path: path.to_owned(), source: Box::new(error) },
        _ => BackupError::Database { doing, path: path.to_owned(), source: Box::new(error) },
    }
}

/// A name as it stands in a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// All tables that are not the engine's own, in the order of their names.
async fn table_names(connection: &mut SqliteConnection) -> sqlx::Result<Vec<String>> {
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name";
    sqlx::query_scalar(names).fetch_all(connection).await
}
