use serde::{Deserialize, Serialize};

/// The search index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SearchConfig {
    /// Memory for writing the index.
    pub heap_bytes: usize,
    /// A search that takes longer is given up.
    pub timeout_ms: u64,
    /// Searches at the same time.
    pub concurrent_searches: usize,
    /// Memory for answers, which are kept until the index changes. 0: none are kept.
    pub kept_bytes: u64,
}

impl Default for SearchConfig {
    fn default() -> Self {
        Self { heap_bytes: 50_000_000, timeout_ms: 2_000, concurrent_searches: 8, kept_bytes: 16 << 20 }
    }
}
