//! What differs between database engines.
//!
//! [`open`] tells the engine from the address, and a connection from the server that answers: PostgreSQL and
//! `CockroachDB` speak one protocol. What the repositories say is the same for all.

pub(crate) mod address;
pub(crate) mod postgres;
pub(crate) mod sqlite;
mod transaction;

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, TransactionOptions};

pub use address::redact;
pub(crate) use transaction::WriteTransaction;

use crate::{StoreError, StoreOptions, failure::Outcome};

/// What keeps the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One file, in this process.
    Sqlite,
    /// One site: a primary and its standbys.
    Postgres,
    /// Many sites.
    Cockroach,
}

impl Engine {
    /// As people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Cockroach => "CockroachDB",
        }
    }
}

/// Connections to one database. Some of them may be one pool.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    pub engine: Engine,
    /// For reads that somebody waits for.
    pub reads: DatabaseConnection,
    /// For small writes.
    pub writes: DatabaseConnection,
    /// For reads that go over many rows.
    pub bulk_reads: DatabaseConnection,
    /// For batches of an import, and for the schema.
    pub bulk_writes: DatabaseConnection,
    /// Keeps the pools at the server that takes writes, where there are several.
    pub follower: Option<Arc<postgres::Follower>>,
    /// Standbys for reads that may be a little old.
    pub secondaries: Option<Arc<postgres::Secondaries>>,
}

impl Pools {
    /// Every pool; one that is shared comes several times, and may be closed as often.
    pub fn all(&self) -> impl Iterator<Item = &DatabaseConnection> {
        let secondaries = self.secondaries.iter().flat_map(|secondaries| secondaries.all());
        [&self.reads, &self.writes, &self.bulk_reads, &self.bulk_writes].into_iter().chain(secondaries)
    }

    /// Whether it is known that a write would only wait: the one server that takes any doesn't answer, and no other will take its place.
    pub fn takes_no_writes(&self) -> bool {
        self.follower.is_none() && self.secondaries.as_ref().is_some_and(|secondaries| !secondaries.primary_answers())
    }

    /// A standby that is near enough now.
    pub fn secondary(&self) -> Option<&postgres::Secondary> {
        self.secondaries.as_ref().and_then(|secondaries| secondaries.pick())
    }
}

/// Opens what `url_or_path` names.
pub(crate) async fn open(url_or_path: &str, options: &StoreOptions) -> Result<Pools, StoreError> {
    if address::is_address(url_or_path) {
        return postgres::open(url_or_path, options).await;
    }
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
///
/// PostgreSQL's stay at the connection's default, READ COMMITTED: people who rate one film wait for each other's row
/// rather than fail and try again, as they would under a stricter level, and each statement sees what was committed
/// before it, also after it waited for partitions to be split. What is read in order to be changed must therefore be
/// locked: see [`sql::for_change`](crate::sql::for_change). `CockroachDB`'s default is SERIALIZABLE.
pub(crate) fn writing() -> TransactionOptions {
    sqlite::writing()
}

/// Whether nothing of the transaction stays and it may succeed when it is run again: it lost a race or its connection.
/// Not for an error of COMMIT: see [`commit_is_unknown`].
pub(crate) fn is_transient(error: &DbErr) -> bool {
    sqlite::is_transient(error) || postgres::is_transient(error)
}

/// Whether the database could not be reached, or was lost on the way.
pub(crate) fn is_unreachable(error: &DbErr) -> bool {
    postgres::is_lost(error) || matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
}

/// Whether an error of COMMIT leaves open if the transaction stays: the connection was lost before the answer came. To
/// run it again could do twice what was done once.
pub(crate) fn commit_is_unknown(error: &DbErr) -> bool {
    postgres::is_lost(error)
}

/// Keeps other processes from changing the schema until what is returned is dropped.
pub(crate) async fn lock_schema(pools: &Pools) -> Result<Option<DatabaseTransaction>, DbErr> {
    match pools.engine {
        // A second writer waits anyway, and then finds nothing to do.
        Engine::Sqlite => Ok(None),
        Engine::Postgres | Engine::Cockroach => postgres::lock_schema(&pools.bulk_writes).await.map(Some),
    }
}

/// Tells the query planner that much has changed.
pub(crate) async fn analyze(engine: Engine, writes: &DatabaseConnection) -> Outcome<()> {
    match engine {
        Engine::Sqlite => sqlite::analyze(writes).await,
        Engine::Postgres => postgres::analyze(writes).await,
        // It counts by itself, and its ANALYZE wants a table: <https://www.cockroachlabs.com/docs/stable/create-statistics>.
        Engine::Cockroach => Ok(()),
    }
}
