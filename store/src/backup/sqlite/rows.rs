//! Fingerprints of tables.
//!
//! A row becomes text in which its values can't be confused: `t` or `b` and hexadecimal digits for text and blobs,
//! `quote` for the rest, commas between.

use std::{collections::BTreeMap, path::Path, time::Instant};

use futures::TryStreamExt;
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Row, SqliteConnection};

use super::{failed, open_still, quoted, table_names};
use crate::backup::{
    BackupError, Manifest, Pace, Progress, Stage, TableSeal,
    row_sum::{self, RowSum},
};

/// Rows between two reports.
const PIECE_ROWS: u64 = 8192;

/// The definitions of tables and indexes, as if they were a table.
const SCHEMA: &str = "sqlite_schema";

/// Fingerprints of all tables. `told` hears how many rows have been read.
pub(super) async fn fingerprints(
    connection: &mut SqliteConnection,
    database: &Path,
    pace: Pace,
    told: &(dyn Fn(u64) + Send + Sync),
) -> Result<BTreeMap<String, TableSeal>, BackupError> {
    let reading = failed("read", database);
    let mut tables = BTreeMap::new();
    let mut before = 0;
    let mut names = table_names(connection).await.map_err(&reading)?;
    names.push(SCHEMA.to_owned());
    for name in names {
        let statement = statement(connection, &name).await.map_err(&reading)?;
        let mut sum = RowSum::default();
        let mut since = Instant::now();
        let mut rows = sqlx::query(AssertSqlSafe(statement)).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await.map_err(&reading)? {
            sum.add(row.try_get_unchecked::<&[u8], _>(0).map_err(&reading)?);
            if sum.rows().is_multiple_of(PIECE_ROWS) {
                told(before + sum.rows());
                if let Some(rest) = pace.rest(since) {
                    tokio::time::sleep(rest).await;
                }
                since = Instant::now();
            }
        }
        before += sum.rows();
        told(before);
        tables.insert(name, sum.seal());
    }
    Ok(tables)
}

/// Selects each row of a table as one text.
async fn statement(connection: &mut SqliteConnection, table: &str) -> sqlx::Result<String> {
    let (columns, rows) = if table == SCHEMA {
        let columns = ["type", "name", "tbl_name", "sql"].map(str::to_owned).to_vec();
        (columns, "sqlite_schema WHERE substr(name, 1, 7) <> 'sqlite_'".to_owned())
    } else {
        // Hidden columns of 1 are a virtual table's parameters; 2 and 3 are computed ones.
        let columns = sqlx::query_scalar("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid");
        (columns.bind(table).fetch_all(connection).await?, quoted(table))
    };
    let values: Vec<String> = columns.iter().map(|column| value(&quoted(column))).collect();
    Ok(format!("SELECT {} FROM {rows}", values.join(" || ',' || ")))
}

fn value(column: &str) -> String {
    format!(
        "CASE typeof({column}) WHEN 'text' THEN 't' || hex({column}) WHEN 'blob' THEN 'b' || hex({column}) \
         ELSE quote({column}) END"
    )
}

/// Checks a restored file that nobody uses: its structure, and every table against the manifest of the backup `name`.
pub(in crate::backup) async fn compare(
    name: &str,
    file: &Path,
    manifest: &Manifest,
    pace: Pace,
    progress: &Progress,
) -> Result<(), BackupError> {
    let damaged = |reason: String| BackupError::Damaged { name: name.to_owned(), reason };
    let unreadable = |error: sqlx::Error| damaged(format!("its database can't be read: {error}"));
    progress.tell(Stage::CheckingStructure, 0, 0);
    let structure = async {
        let mut connection = open_still(file).await?;
        let check = sqlx::query_scalar("PRAGMA integrity_check(3)");
        let found: Vec<String> = check.fetch_all(&mut connection).await?;
        connection.close().await?;
        Ok(found)
    };
    let rows = async {
        let mut connection = open_still(file).await.map_err(failed("read", file))?;
        let total = manifest.rows();
        let told = |done| progress.tell(Stage::ComparingRows, done, total.max(done));
        let tables = fingerprints(&mut connection, file, pace, &told).await?;
        // Nothing is left to do about an error here: all has been read.
        let _ = connection.close().await;
        Ok(tables)
    };
    let (structure, tables) = match pace {
        // Each takes a core, and somebody waits.
        Pace::Full => tokio::join!(structure, rows),
        Pace::Gentle => (structure.await, rows.await),
    };
    let found = structure.map_err(unreadable)?;
    if found != ["ok"] {
        return Err(damaged(format!("its structure is broken: {}", found.join("; "))));
    }
    let tables = tables.map_err(|error| match error {
        BackupError::DamagedSource { reason, .. } => damaged(reason),
        other => damaged(other.to_string()),
    })?;
    row_sum::compare(name, &manifest.tables, &tables)
}
