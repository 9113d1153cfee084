//! PostgreSQL and `CockroachDB`: many writers at once, over the network.
//!
//! `connect` says how a connection is made, `primary` finds the server that takes writes and follows it when it changes.
//! `transaction` is one that rows can be copied into. Which of the two engines answers is asked once, when the store is opened.

mod connect;
mod primary;
mod secondaries;
mod transaction;

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr, Statement, TransactionTrait, sqlx,
};

use self::{connect::Settings, primary::Changes};
pub(crate) use self::{
    primary::Follower,
    secondaries::{Secondaries, Secondary},
    transaction::CopyTransaction,
};
use super::{Engine, Pools, address::Address, redact};
use crate::{StoreError, StoreOptions, failure::Outcome};

/// Connections of imports and other work over many rows: apart, so that they take none from pages.
const BULK_CONNECTIONS: u32 = 4;

/// About how old `CockroachDB`'s follower reads are: <https://www.cockroachlabs.com/docs/stable/follower-reads>.
const FOLLOWERS_ARE_BEHIND: std::time::Duration = std::time::Duration::from_secs(5);

/// What whoever changes the schema holds: the first eight letters of this program's name, as a number.
const SCHEMA_LOCK: i64 = 0x6d61_7469_6e65_6500;

pub(crate) async fn open(url: &str, options: &StoreOptions) -> Result<Pools, StoreError> {
    let shown = || redact(url).into_owned();
    let address = Address::parse(url)?;
    let servers = connect::servers(&address)
        .map_err(|error| StoreError::Address { address: shown(), reason: error.to_string() })?;
    let found = primary::find(&servers, address.needs_primary).await;
    let current = found.map_err(|reasons| StoreError::Connect { address: shown(), source: reasons.into() })?;
    let refused = |source: DbErr| StoreError::Connect { address: shown(), source: Box::new(source) };
    let changes = Changes::new();
    let of_bulk = Settings::new(options, BULK_CONNECTIONS, options.bulk_timeout);
    let bulk = connect::pool(&servers[current], Arc::clone(&changes), &of_bulk).await.map_err(refused)?;
    let engine = which(&bulk).await.map_err(refused)?;
    let of_pages = Settings::new(options, options.max_connections, options.call_timeout);
    let of_pages = if engine == Engine::Postgres { of_pages.planning_once() } else { of_pages };
    let pages = connect::pool(&servers[current], Arc::clone(&changes), &of_pages).await.map_err(refused)?;
    let secondaries = if engine == Engine::Cockroach && options.max_replica_lag >= FOLLOWERS_ARE_BEHIND {
        let settings = (&of_pages, &of_bulk);
        let followers = Secondaries::followers(&servers[current], Arc::clone(&changes), settings).await;
        Some(Arc::new(followers.map_err(refused)?))
    } else {
        open_secondaries(options, engine, &pages, (&of_pages, &of_bulk)).await?
    };
    let follower = (servers.len() > 1 && address.needs_primary).then(|| {
        let pools = vec![(pages.clone(), of_pages), (bulk.clone(), of_bulk)];
        Arc::new(primary::follow(servers, current, pools, changes))
    });
    Ok(Pools {
        engine,
        reads: pages.clone(),
        writes: pages,
        bulk_reads: bulk.clone(),
        bulk_writes: bulk,
        follower,
        secondaries,
    })
}

async fn open_secondaries(
    options: &StoreOptions,
    engine: Engine,
    primary: &DatabaseConnection,
    settings: (&Settings, &Settings),
) -> Result<Option<Arc<Secondaries>>, StoreError> {
    let mut servers = Vec::new();
    for url in &options.replica_urls {
        let wrong = |reason: String| StoreError::Address { address: redact(url).into_owned(), reason };
        if engine == Engine::Cockroach {
            return Err(wrong(
                "CockroachDB's nodes are all alike: name several in the database's own address".to_owned(),
            ));
        }
        servers.extend(connect::servers(&Address::parse(url)?).map_err(|error| wrong(error.to_string()))?);
    }
    if servers.is_empty() {
        return Ok(None);
    }
    let watched = Secondaries::watch(servers, primary.clone(), settings, options.max_replica_lag).await;
    let watched = watched.map_err(|source| StoreError::Connect {
        address: options.replica_urls.iter().map(|url| redact(url)).collect::<Vec<_>>().join(" "),
        source: Box::new(source),
    })?;
    Ok(Some(Arc::new(watched)))
}

/// Which of the two answers.
pub(crate) async fn which(db: &DatabaseConnection) -> Result<Engine, DbErr> {
    let ask = Statement::from_string(db.get_database_backend(), "SELECT version()");
    let row = db.query_one_raw(ask).await?;
    let version: String = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    Ok(if version.contains("CockroachDB") { Engine::Cockroach } else { Engine::Postgres })
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// The five letters by which the server says what went wrong
/// (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).
pub(crate) fn sqlstate(error: &DbErr) -> Option<&str> {
    let error = sqlx_error(error)?.as_database_error()?;
    Some(error.try_downcast_ref::<sea_orm::SqlxPostgresError>()?.code())
}

/// Whether the connection is gone, or is about to be.
pub(crate) fn is_lost(error: &DbErr) -> bool {
    let code_says_so = |code: &str| {
        // Connection exceptions, a server that stops or has crashed, and CockroachDB's "the answer was lost".
        code.starts_with("08") || matches!(code, "57P01" | "57P02" | "57P03" | "40003")
    };
    matches!(sqlx_error(error), Some(sqlx::Error::Io(_))) || sqlstate(error).is_some_and(code_says_so)
}

pub(crate) fn is_transient(error: &DbErr) -> bool {
    let code_says_so = |code: &str| {
        // Lost a race, was the victim of a deadlock, waited too long for a lock, or reached a server that was the
        // primary a moment ago.
        matches!(code, "40001" | "40P01" | "55P03" | "25006")
    };
    is_lost(error) || sqlstate(error).is_some_and(code_says_so)
}

pub(crate) async fn lock_schema(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let transaction = db.begin().await?;
    // Another one's migration may take longer than the lock of a row ever should.
    transaction.execute_unprepared("SET LOCAL lock_timeout = 0").await?;
    // Does nothing on CockroachDB, where the migrations are one job (docs/operations).
    transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({SCHEMA_LOCK})")).await?;
    Ok(transaction)
}

pub(crate) async fn analyze(db: &DatabaseConnection) -> Outcome<()> {
    // A sample of each table (300 rows for each unit of `default_statistics_target`), so the time hardly grows with the
    // tables. Autovacuum knows nothing of a partitioned table as a whole.
    db.execute_unprepared("ANALYZE").await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_broke_is_lost_and_may_be_tried_again() {
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let error = DbErr::Exec(RuntimeErr::SqlxError(sqlx::Error::Io(broken).into()));
        assert!(is_lost(&error) && is_transient(&error));
        let other = DbErr::Exec(RuntimeErr::SqlxError(sqlx::Error::RowNotFound.into()));
        assert!(!is_lost(&other) && !is_transient(&other));
    }
}
