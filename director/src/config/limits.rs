//! How much of everything.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Limits on what clients send, and on waiting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Connections at the same time; more are answered with 503 and closed.
    pub connections: usize,
    /// The largest request line and headers together; more is 431.
    pub header_bytes: usize,
    /// The largest request body; more is 413.
    pub body_bytes: usize,
    /// A connection that has not sent a whole request by then is closed, an idle one as one that dawdles.
    pub request_timeout_ms: u64,
    /// A body has to be there by then.
    pub body_timeout_ms: u64,
    /// A client that takes nothing of its answer for this long is cut off.
    pub write_timeout_ms: u64,
    /// Time for a connection to an instance.
    pub connect_timeout_ms: u64,
    /// An instance that says nothing for this long has failed.
    pub upstream_timeout_ms: u64,
    /// Idle connections kept to the instances.
    pub upstream_idle: usize,
    /// Paths that are not for the public: 404.
    #[serde(deserialize_with = "super::list")]
    pub hidden_paths: Vec<String>,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            connections: 10_000,
            header_bytes: 16_384,
            body_bytes: 1_048_576,
            request_timeout_ms: 20_000,
            body_timeout_ms: 30_000,
            write_timeout_ms: 30_000,
            connect_timeout_ms: 1000,
            upstream_timeout_ms: 20_000,
            upstream_idle: 512,
            hidden_paths: vec!["/metrics".to_owned(), "/readyz".to_owned(), "/livez".to_owned()],
        }
    }
}

impl LimitsConfig {
    pub fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    pub fn body_timeout(&self) -> Duration {
        Duration::from_millis(self.body_timeout_ms)
    }

    pub fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.write_timeout_ms)
    }

    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub fn upstream_timeout(&self) -> Duration {
        Duration::from_millis(self.upstream_timeout_ms)
    }
}

/// The cache of files that never change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CacheConfig {
    /// Memory for it; 0: no cache.
    pub bytes: usize,
    /// The largest file kept.
    pub file_bytes: usize,
    /// Only what lies under this path, and is marked `immutable`, is kept.
    pub prefix: String,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self { bytes: 64 * 1024 * 1024, file_bytes: 8 * 1024 * 1024, prefix: "/pkg/".to_owned() }
    }
}
