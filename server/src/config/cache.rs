use serde::{Deserialize, Serialize};

/// What this instance keeps in memory of the database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CacheConfig {
    /// Films' pages (their data) that are kept may weigh so much.
    pub film_bytes: u64,
    /// Films' cards that are kept may weigh so much.
    pub card_bytes: u64,
    /// People's recommendations, and films that are alike, may weigh so much.
    pub recommendation_bytes: u64,
    /// Browsers' sessions may weigh so much.
    pub session_bytes: u64,
    /// A session that was ended elsewhere may be looked with for twice this time; 0 keeps none.
    pub session_ttl_ms: u64,
    /// Who did nothing meanwhile gets the same recommendations for this long.
    pub recommendation_ttl_ms: u64,
    /// What is kept is read anew after this time.
    pub ttl_ms: u64,
    /// While that goes on, and when it fails, it is still shown up to this age.
    pub old_ms: u64,
    /// How often this instance looks for what others changed.
    pub follow_interval_ms: u64,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            film_bytes: 64 << 20,
            card_bytes: 16 << 20,
            recommendation_bytes: 32 << 20,
            session_bytes: 8 << 20,
            session_ttl_ms: 400,
            recommendation_ttl_ms: 10_000,
            ttl_ms: 30_000,
            old_ms: 600_000,
            follow_interval_ms: 250,
        }
    }
}
