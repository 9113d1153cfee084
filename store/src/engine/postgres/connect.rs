//! How a connection is made, and how many there are.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbErr,
    sqlx::{self, postgres::PgConnectOptions},
};

use super::{
    super::address::Address,
    primary::{Changes, Server},
};
use crate::{Durability, StoreOptions};

/// What the server lists this program as, in `pg_stat_activity`.
const APPLICATION_NAME: &str = "matinee";

/// Statements each connection keeps prepared.
const PREPARED_STATEMENTS: usize = 256;

/// A connection that was not used for so long is tried before it is used again: servers change, networks forget.
const TRIED_AFTER: Duration = Duration::from_secs(1);

/// What differs between the pools.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub connections: u32,
    acquire_timeout: Duration,
    /// The server ends a statement by itself after this time: a call that gave up leaves nothing running.
    statement_timeout: Duration,
    lock_timeout: Duration,
    durability: Durability,
    follower_reads: bool,
    plans_once: bool,
}

impl Settings {
    pub fn new(store: &StoreOptions, connections: u32, statement_timeout: Duration) -> Self {
        Self {
            // The schema's lock takes one while a migration uses another.
            connections: connections.max(2),
            acquire_timeout: store.acquire_timeout,
            statement_timeout,
            lock_timeout: store.busy_timeout,
            durability: store.durability,
            follower_reads: false,
            plans_once: false,
        }
    }

    /// The same with each statement planned once for a connection, whatever its values. `PostgreSQL` alone. Left to itself it plans
    /// anew each time where tables have partitions: it counts all of them into a plan for any values, though it reads but one.
    pub fn planning_once(self) -> Self {
        Self { plans_once: true, ..self }
    }

    /// The same for reads by the nearest copy of the data, some seconds old. `CockroachDB` alone:
    /// <https://www.cockroachlabs.com/docs/stable/follower-reads>, and `default_transaction_use_follower_reads` on
    /// <https://www.cockroachlabs.com/docs/stable/session-variables>.
    pub fn for_follower_reads(&self) -> Self {
        Self { follower_reads: true, ..self.clone() }
    }

    /// What each connection begins with. What the address sets by `options[…]` wins.
    pub fn apply(&self, to: PgConnectOptions) -> PgConnectOptions {
        let mut settings = vec![
            ("statement_timeout", self.statement_timeout.as_millis().to_string()),
            ("lock_timeout", self.lock_timeout.as_millis().to_string()),
        ];
        if self.durability == Durability::Normal {
            settings.push(("synchronous_commit", "off".to_owned()));
        }
        if self.follower_reads {
            settings.push(("default_transaction_use_follower_reads", "on".to_owned()));
        }
        if self.plans_once {
            settings.push(("plan_cache_mode", "force_generic_plan".to_owned()));
        }
        let given = to.get_options().unwrap_or_default().to_owned();
        settings.retain(|(name, _)| !given.contains(&format!("{name}=")));
        to.options(settings)
    }
}

/// How each host of an address is reached.
pub(super) fn servers(address: &Address) -> Result<Vec<Server>, sqlx::Error> {
    let server = |host: &super::super::address::Host| {
        let options: PgConnectOptions = host.url.parse()?;
        let is_named = options.get_application_name().is_some_and(|name| !name.is_empty());
        let options = if is_named { options } else { options.application_name(APPLICATION_NAME) };
        Ok(Server { name: host.name.clone(), options: options.statement_cache_capacity(PREPARED_STATEMENTS) })
    };
    address.hosts.iter().map(server).collect()
}

/// Connections to a server. After each of `changes` those from before are closed rather than used.
pub(super) async fn pool(
    server: &Server,
    changes: Arc<Changes>,
    settings: &Settings,
) -> Result<DatabaseConnection, DbErr> {
    let mut connect = ConnectOptions::new("postgres://placeholder/placeholder");
    connect
        .min_connections(0)
        .max_connections(settings.connections)
        .acquire_timeout(settings.acquire_timeout)
        .idle_timeout(Duration::from_mins(5))
        .max_lifetime(Duration::from_mins(30))
        .test_before_acquire_if_idle_for(TRIED_AFTER)
        .connect_lazy(true)
        .sqlx_logging(false);
    let options = settings.apply(server.options.clone());
    connect.map_sqlx_postgres_opts(move |_| options.clone());
    connect.map_sqlx_postgres_before_acquire(move |_, connection| {
        let is_to_present_server = changes.is_younger_than_the_last(connection.age);
        Box::pin(async move { Ok(is_to_present_server) })
    });
    Database::connect(connect).await
}
