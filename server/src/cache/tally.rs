//! Counting what caches did, for `/metrics` and the admin page: `matinee_cache_…`, each with the cache's name.

use std::time::Duration;

use metrics::{Counter, Histogram, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// How an asking went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Hit,
    /// There, but of before `cache.ttl_ms`: shown while it was read anew.
    Old,
    Miss,
}

/// The counters of one cache.
pub struct Tally {
    hits: Counter,
    old: Counter,
    misses: Counter,
    age: Histogram,
}

impl Tally {
    pub fn of(cache: &'static str) -> Self {
        let counter = |result: &'static str| counter!("matinee_cache_total", "cache" => cache, "result" => result);
        Self {
            hits: counter("hit"),
            old: counter("old"),
            misses: counter("miss"),
            age: histogram!("matinee_cache_age_seconds", "cache" => cache),
        }
    }

    /// Somebody asked. `age`: of what was there.
    pub fn asked(&self, outcome: Outcome, age: Option<Duration>) {
        let counter = match outcome {
            Outcome::Hit => &self.hits,
            Outcome::Old => &self.old,
            Outcome::Miss => &self.misses,
        };
        counter.increment(1);
        if let Some(age) = age {
            self.age.record(age.as_secs_f64());
        }
    }
}

/// How much there is.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub fn holds(cache: &'static str, entries: u64, bytes: u64) {
    gauge!("matinee_cache_entries", "cache" => cache).set(entries as f64);
    gauge!("matinee_cache_bytes", "cache" => cache).set(bytes as f64);
}

/// Askings that somebody else has counted.
pub fn counted(cache: &'static str, hits: u64, misses: u64) {
    counter!("matinee_cache_total", "cache" => cache, "result" => "hit").absolute(hits);
    counter!("matinee_cache_total", "cache" => cache, "result" => "miss").absolute(misses);
}

/// What the measurements are, for whoever reads them.
pub fn describe() {
    describe_counter!(
        "matinee_cache_total",
        "Askings, by cache and result: hit, old (shown while it is read anew), miss"
    );
    describe_histogram!("matinee_cache_age_seconds", "Age of what was found");
    describe_gauge!("matinee_cache_entries", "Entries that are kept");
    describe_gauge!("matinee_cache_bytes", "Bytes that they weigh");
}
