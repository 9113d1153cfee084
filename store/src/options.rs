//! How a store is opened.

use std::{fmt, sync::Arc, thread::available_parallelism, time::Duration};

use matinee_services::ports::{Clock, SystemClock};

/// What survives when the machine loses power. A process that dies loses nothing either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Every commit is on disk before it is answered.
    #[default]
    Full,
    /// The latest commits may be lost, the database stays whole. For imports that can be run again, and for tests.
    Normal,
}

/// Settings of a [`Store`](crate::Store). `StoreOptions::default()` suits one web instance.
#[derive(Clone)]
pub struct StoreOptions {
    /// Connections that read; one more writes where the engine has a single writer. At least 1.
    pub max_connections: u32,
    /// How long a call waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long a writer waits for another process to finish writing.
    pub busy_timeout: Duration,
    /// The longest that one read or one small write may take, waiting included.
    pub call_timeout: Duration,
    /// The longest that one batch of an import or one piece of the statistics may take.
    pub bulk_timeout: Duration,
    pub durability: Durability,
    /// Whether nothing is journaled: only to measure what the journal costs.
    #[cfg(feature = "unjournaled")]
    pub unjournaled: bool,
    /// Addresses of PostgreSQL standbys that take reads which may be a little old.
    pub replica_urls: Vec<String>,
    /// How far such a standby may be behind; further behind, the primary takes its reads.
    pub max_replica_lag: Duration,
    /// For the times at which rows were made and changed.
    pub clock: Arc<dyn Clock>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        let cores = available_parallelism().map_or(2, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX));
        Self {
            max_connections: cores.saturating_mul(2).clamp(4, 32),
            acquire_timeout: Duration::from_secs(5),
            busy_timeout: Duration::from_secs(5),
            call_timeout: Duration::from_secs(10),
            bulk_timeout: Duration::from_mins(5),
            durability: Durability::Full,
            #[cfg(feature = "unjournaled")]
            unjournaled: false,
            replica_urls: Vec::new(),
            max_replica_lag: Duration::from_secs(1),
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreOptions")
            .field("max_connections", &self.max_connections)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("busy_timeout", &self.busy_timeout)
            .field("call_timeout", &self.call_timeout)
            .field("bulk_timeout", &self.bulk_timeout)
            .field("durability", &self.durability)
            .field("max_replica_lag", &self.max_replica_lag)
            .finish_non_exhaustive()
    }
}
