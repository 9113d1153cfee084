//! What differs between database engines.

pub(crate) mod sqlite;

use sea_orm::{DatabaseConnection, DbErr, TransactionOptions};

use crate::{StoreError, StoreOptions, failure::Outcome};

/// Connections to one database. Where the engine has many writers both are one pool.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    pub reads: DatabaseConnection,
    pub writes: DatabaseConnection,
}

/// Opens what `url_or_path` names.
pub(crate) async fn open(url_or_path: &str, options: &StoreOptions) -> Result<Pools, StoreError> {
    match url_or_path.split_once(':') {
        Some(("sqlite", rest)) => {
            // Parameters (`?mode=rwc`) say nothing that the options don't.
            let path = rest.split_once('?').map_or(rest, |(path, _)| path);
            sqlite::open(path.strip_prefix("//").unwrap_or(path), options).await
        }
        Some((scheme, rest)) if rest.starts_with("//") && !scheme.is_empty() => {
            // Not the whole address: it may hold a password.
            Err(StoreError::UnknownEngine { url: format!("{scheme}://…") })
        }
        _ => sqlite::open(url_or_path, options).await,
    }
}

/// How a transaction begins that will write.
pub(crate) fn writing() -> TransactionOptions {
    sqlite::writing()
}

/// Whether the transaction lost a race and may succeed when it is run again.
pub(crate) fn is_transient(error: &DbErr) -> bool {
    sqlite::is_transient(error)
}

/// Tells the query planner that much has changed.
pub(crate) async fn analyze(writes: &DatabaseConnection) -> Outcome<()> {
    sqlite::analyze(writes).await
}
