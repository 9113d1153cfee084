use serde::{Deserialize, Serialize};

/// What this instance keeps in memory of the database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CacheConfig {
    /// Films' cards and pages kept at most.
    pub movies: u64,
    /// People whose last recommendations are kept, for when no AI worker answers.
    pub recommendations: u64,
    /// What is kept is read anew after this time.
    pub ttl_ms: u64,
    /// How often this instance looks for what others changed.
    pub follow_interval_ms: u64,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self { movies: 20_000, recommendations: 5_000, ttl_ms: 30_000, follow_interval_ms: 500 }
    }
}
