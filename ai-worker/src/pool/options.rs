//! How long to wait for whom.

use std::{sync::Arc, time::Duration};

use rustls::ClientConfig;
use thiserror::Error;

#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// For the whole call, whatever the number of workers asked.
    pub timeout: Duration,
    /// For a connection to one worker.
    pub connect_timeout: Duration,
    /// How long a worker that can't be reached is left out the first time; it doubles up to [`Self::max_rest`].
    pub rest: Duration,
    pub max_rest: Duration,
    /// Failures in a row, connections that were refused aside, after which a worker is left out.
    pub failures: u32,
    /// A second request is never sent earlier than this.
    pub min_hedge: Duration,
    /// When it is sent as long as too few answers were seen to know how long they take.
    pub first_hedge: Duration,
    /// How often workers are asked whether they are ready.
    pub watch_interval: Duration,
    /// Whom workers at `https://` addresses have to be, and what is shown to them; `None`: whom the machine believes, and nothing.
    pub tls: Option<Arc<ClientConfig>>,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_millis(300),
            rest: Duration::from_secs(1),
            max_rest: Duration::from_secs(30),
            failures: 3,
            min_hedge: Duration::from_millis(5),
            first_hedge: Duration::from_millis(100),
            watch_interval: Duration::from_secs(1),
            tls: None,
        }
    }
}

/// Why there is no pool.
#[derive(Debug, Error)]
pub enum PoolError {
    #[error("there is no AI worker: give at least one address, such as http://127.0.0.1:8090")]
    Empty,
    #[error("`{address}` is no address of an AI worker ({reason}): it should look like http://127.0.0.1:8090")]
    Address { address: String, reason: String },
    #[error("the HTTP client can't be made: {0}")]
    Client(#[from] reqwest::Error),
}
