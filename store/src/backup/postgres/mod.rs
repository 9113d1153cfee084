//! PostgreSQL: a base backup by `pg_basebackup` and the log (WAL) up to a named moment after it, by `pg_receivewal`.
//!
//! `base` takes both, and fingerprints of the tables at that very moment: a restore point is written into the log while
//! nobody may commit, and a snapshot is taken beside it. `recover` lays a cluster down from a backup and tells
//! PostgreSQL how far to go: to that restore point, or to any later moment that an archive of the log reaches.
//! `archive` looks whether that is whole.
//! `programs` runs PostgreSQL's own programs, of which a backup needs those of the server's version.

mod archive;
mod base;
mod programs;
mod recover;
mod rows;

pub(super) use archive::check as check_archive;
pub(super) use base::fill;
pub use programs::PostgresPrograms;
pub(super) use recover::{Until, check, lay_down, tablespaces_of};

use sea_orm::sqlx::{self, ConnectOptions, PgConnection, postgres::PgConnectOptions};

use super::BackupError;
use crate::engine::{address::Address, redact};

/// The engine's name in manifests and messages.
pub(super) const ENGINE: &str = "postgres";

/// Parts of a backup's folder.
const BASE: &str = "base";
const WAL: &str = "wal";
const TABLESPACES: &str = "tablespaces";

/// Where a database is, and the programs to reach it with.
#[derive(Clone, Debug)]
pub struct PostgresSource {
    /// `postgres://user:password@host,host/database?…`; the user must be allowed to replicate and to write restore points.
    pub url: String,
    pub programs: PostgresPrograms,
}

/// Connects to the server of `url` that takes writes.
async fn connect(url: &str) -> Result<PgConnection, BackupError> {
    let shown = redact(url).into_owned();
    let refused = |source| BackupError::Server { doing: "connect to", address: shown.clone(), source };
    let address = Address::parse(url).map_err(|error| refused(Box::new(error)))?;
    let mut reasons = Vec::new();
    for host in &address.hosts {
        let options: PgConnectOptions = host.url.parse().map_err(|error: sqlx::Error| refused(Box::new(error)))?;
        let options =
            options.application_name("matinee-backup").statement_cache_capacity(8).disable_statement_logging();
        match connect_to_primary(&options).await {
            Ok(Some(connection)) => return Ok(connection),
            Ok(None) => reasons.push(format!("{} is a standby", host.name)),
            Err(error) => reasons.push(format!("{}: {error}", host.name)),
        }
    }
    Err(refused(reasons.join("; ").into()))
}

async fn connect_to_primary(options: &PgConnectOptions) -> sqlx::Result<Option<PgConnection>> {
    let mut connection = options.connect().await?;
    let standby: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(&mut connection).await?;
    Ok((!standby).then_some(connection))
}

/// Names what was being done to the database of `url`.
fn failed(doing: &'static str, url: &str) -> impl Fn(sqlx::Error) -> BackupError {
    let address = redact(url).into_owned();
    move |error| BackupError::Server { doing, address: address.clone(), source: Box::new(error) }
}
