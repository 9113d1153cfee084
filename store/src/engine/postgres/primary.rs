//! Which of several servers takes writes, also after that has changed.
//!
//! The servers of an address are asked whether they are in recovery, as standbys always are. While the store is open one
//! small task asks the primary twice a second; when it doesn't answer, or answers that it is a standby now, all are asked
//! again and the pools turn to the one that has been promoted. A pool's waiting callers get a connection to the new one;
//! connections to the old one are closed when they are next wanted.
//!
//! Where two servers take writes, because an old primary came back without having been fenced, the one in use stays in
//! use. Fencing is the operator's: see `docs/operations/partitions-and-replicas.md`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{
    DatabaseConnection,
    sqlx::{
        self, ConnectOptions,
        postgres::{PgConnectOptions, PgConnection},
    },
};
use tokio::{
    task::{AbortHandle, JoinSet},
    time::{interval, timeout},
};
use tracing::{info, warn};

use super::connect::Settings;

/// How often the primary is asked.
const ASKED_EVERY: Duration = Duration::from_millis(500);

/// How long a server may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// A server and how it is reached. The latter holds a password.
#[derive(Clone)]
pub(super) struct Server {
    pub name: String,
    pub options: PgConnectOptions,
}

/// When the primary last changed.
#[derive(Debug)]
pub(super) struct Changes {
    since: Instant,
    /// Milliseconds after `since`; 0 while nothing has changed.
    last_ms: AtomicU64,
}

impl Changes {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { since: Instant::now(), last_ms: AtomicU64::new(0) })
    }

    fn note(&self) {
        self.last_ms.store(self.now_ms().max(1), Ordering::Relaxed);
    }

    /// Whether a connection of this age was made after the last change.
    pub fn is_younger_than_the_last(&self, age: Duration) -> bool {
        match self.last_ms.load(Ordering::Relaxed) {
            0 => true,
            last => age.as_millis() < u128::from(self.now_ms().saturating_sub(last)),
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// What a server says of itself.
pub(super) async fn is_standby(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(connection).await
}

/// Asks a server over a new connection, which is returned for more questions.
pub(super) async fn ask(server: &Server) -> Result<(PgConnection, bool), String> {
    let asked = async {
        let mut connection = server.options.clone().disable_statement_logging().connect().await?;
        let is_standby = is_standby(&mut connection).await?;
        Ok::<_, sqlx::Error>((connection, is_standby))
    };
    match timeout(ANSWERS_WITHIN, asked).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(format!("{}: {}", server.name, describe(&error))),
        Err(_) => Err(format!("{}: no answer within {} s", server.name, ANSWERS_WITHIN.as_secs())),
    }
}

/// What the driver says, without its wrapping, and what may help.
fn describe(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Io(error) => format!("{error} (does PostgreSQL run there, and may this machine reach it?)"),
        sqlx::Error::Database(error) => match error.code().as_deref() {
            // The message alone: what it displays ends with a line of the server's source.
            Some("3D000") => {
                format!("{} (make it: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0)", error.message())
            }
            _ => error.message().to_owned(),
        },
        error => error.to_string(),
    }
}

/// Asks all servers at once for the first that may be used: a primary, or any where that is enough.
pub(super) async fn find(servers: &[Server], needs_primary: bool) -> Result<usize, String> {
    let mut asked = JoinSet::new();
    for (index, server) in servers.iter().cloned().enumerate() {
        asked.spawn(async move {
            let answer = ask(&server).await;
            (index, server.name, answer.map(|(_, is_standby)| is_standby))
        });
    }
    let mut answers: Vec<_> = asked.join_all().await;
    answers.sort_by_key(|(index, ..)| *index);
    let mut reasons = Vec::new();
    for (index, name, answer) in answers {
        match answer {
            Ok(is_standby) if !is_standby || !needs_primary => return Ok(index),
            Ok(_) => reasons.push(format!("{name}: it is a standby, which takes no writes")),
            Err(reason) => reasons.push(reason),
        }
    }
    Err(reasons.join("; "))
}

/// Stops the task when the last one who needs it is gone.
#[derive(Debug)]
pub(crate) struct Follower(AbortHandle);

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Keeps `pools` at the primary among `servers`, which is the one at `current` at first.
pub(super) fn follow(
    servers: Vec<Server>,
    current: usize,
    pools: Vec<(DatabaseConnection, Settings)>,
    changes: Arc<Changes>,
) -> Follower {
    let task = async move {
        let mut current = current;
        let mut connection = None;
        let mut ticks = interval(ASKED_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            connection = still_primary(&servers[current], connection).await;
            if connection.is_some() {
                continue;
            }
            match find(&servers, true).await {
                Ok(found) if found == current => {}
                Ok(found) => {
                    info!(from = servers[current].name, to = servers[found].name, "another server is the primary now");
                    current = found;
                    for (pool, settings) in &pools {
                        let options = settings.apply(servers[found].options.clone()).disable_statement_logging();
                        pool.get_postgres_connection_pool().set_connect_options(options);
                    }
                    changes.note();
                }
                Err(reasons) => warn!(reasons, "no server takes writes"),
            }
        }
    };
    Follower(tokio::spawn(task).abort_handle())
}

/// The connection, if the server at its other end is the primary.
async fn still_primary(server: &Server, connection: Option<PgConnection>) -> Option<PgConnection> {
    if let Some(mut connection) = connection
        && let Ok(Ok(false)) = timeout(ANSWERS_WITHIN, is_standby(&mut connection)).await
    {
        return Some(connection);
    }
    match ask(server).await {
        Ok((connection, false)) => Some(connection),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_from_before_a_change_are_told_from_those_after_it() {
        let a_minute_ago = Instant::now().checked_sub(Duration::from_mins(1)).unwrap();
        let changes = Changes { since: a_minute_ago, last_ms: AtomicU64::new(0) };
        assert!(changes.is_younger_than_the_last(Duration::from_secs(30)));
        changes.note();
        assert!(!changes.is_younger_than_the_last(Duration::from_secs(30)));
    }
}
