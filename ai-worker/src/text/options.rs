//! Settings of the text engine.

use std::time::Duration;

/// How much the text engine takes on at once.
#[derive(Clone, Debug)]
pub struct TextOptions {
    /// Requests that wait at most; beyond it the answer is `Overloaded`.
    pub queue_len: usize,
    /// Requests taken together at most.
    pub batch_max: usize,
    /// Tokens in one run of the graph: texts × the longest one's tokens, for short ones are filled up to it. A text alone
    /// may have more.
    pub batch_tokens: usize,
    /// How long a batch waits to fill up once it has begun.
    pub batch_window: Duration,
    /// A request that took longer is given up.
    pub timeout: Duration,
    /// Descriptions whose embeddings are kept in memory.
    pub kept_texts: u64,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            queue_len: 256,
            batch_max: 16,
            batch_tokens: 512,
            batch_window: Duration::from_micros(500),
            timeout: Duration::from_secs(2),
            kept_texts: 10_000,
        }
    }
}
