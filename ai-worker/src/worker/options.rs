//! Settings of an engine.

use std::time::Duration;

use matinee_services::ports::Shard;

/// How much an engine takes on at once. The defaults suit one embedded in a web instance.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Inference threads, each with its own sessions.
    pub threads: usize,
    /// Requests that wait at most; beyond it the answer is `Overloaded`.
    pub queue_len: usize,
    /// Requests in one run of the graph.
    pub batch_max: usize,
    /// Events in one run of the graph: requests × the longest one's events, for short ones are filled up to it. A
    /// request alone may have more.
    pub batch_events: usize,
    /// How long a batch waits to fill up once it has begun.
    pub batch_window: Duration,
    /// A request that took longer is given up.
    pub timeout: Duration,
    /// Only this part of the films is held and ranked.
    pub shard: Option<Shard>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            threads: 1,
            queue_len: 256,
            batch_max: 32,
            batch_events: 8_192,
            batch_window: Duration::from_micros(500),
            timeout: Duration::from_secs(2),
            shard: None,
        }
    }
}
