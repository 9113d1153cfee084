//! What a model's answers have in common for everybody, kept beside the model: films alike, and the ranking for a person
//! of whom nothing is known. It goes when the model goes, so that two models' answers are never mixed.

use std::sync::{Arc, OnceLock};

use matinee_services::ports::SimilarMovie;
use moka::sync::Cache;

/// Lists of films alike that are kept: about 2 kB each at 20 films.
const MAX_SIMILAR: u64 = 20_000;

/// The answers.
pub struct Kept {
    similar: Cache<(usize, u32), Arc<Vec<SimilarMovie>>>,
    /// The best films with their scores for a person of whom nothing is known, as many as a request with its hidden films may need.
    popular: OnceLock<Vec<(usize, f32)>>,
}

impl Kept {
    pub fn new() -> Self {
        Self { similar: Cache::new(MAX_SIMILAR), popular: OnceLock::new() }
    }

    /// Films like that of index `item`, if they were asked for lately.
    pub fn lookup_similar(&self, item: usize, limit: u32) -> Option<Vec<SimilarMovie>> {
        let found = self.similar.get(&(item, limit));
        count("similar", found.is_some());
        found.map(|found| found.as_ref().clone())
    }

    pub fn keep_similar(&self, item: usize, limit: u32, found: &[SimilarMovie]) {
        self.similar.insert((item, limit), Arc::new(found.to_vec()));
    }

    /// The ranking for a person of whom nothing is known.
    pub fn popular(&self) -> Option<&[(usize, f32)]> {
        let found = self.popular.get().map(Vec::as_slice);
        count("popular", found.is_some());
        found
    }

    pub fn keep_popular(&self, ranked: Vec<(usize, f32)>) {
        drop(self.popular.set(ranked));
    }
}

fn count(kind: &'static str, is_hit: bool) {
    let result = if is_hit { "hit" } else { "miss" };
    metrics::counter!("matinee_ai_cache_total", "kind" => kind, "result" => result).increment(1);
}
