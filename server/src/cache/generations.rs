//! When each key last changed, in a table of fixed size.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::atomic::{AtomicU64, Ordering::SeqCst},
};

/// Places of the table. Keys that share one are taken to change together: a few values are read anew for nothing.
const PLACES: usize = 16_384;

/// Changes are numbered; a value that was begun to be read before the last change of its key is of no use.
pub struct Generations {
    now: AtomicU64,
    of_all: AtomicU64,
    of: Box<[AtomicU64]>,
    hash: RandomState,
}

impl Generations {
    pub fn new() -> Self {
        let of = (0..PLACES).map(|_| AtomicU64::new(0)).collect();
        Self { now: AtomicU64::new(0), of_all: AtomicU64::new(0), of, hash: RandomState::new() }
    }

    /// To be asked for before a value is read.
    pub fn now(&self) -> u64 {
        self.now.load(SeqCst)
    }

    /// The least generation that a value of this key may be of.
    pub fn needed<K: Hash>(&self, key: &K) -> u64 {
        self.place(key).load(SeqCst).max(self.of_all.load(SeqCst))
    }

    /// It has changed: to be told after the change was committed.
    pub fn changed<K: Hash>(&self, key: &K) {
        let next = self.now.fetch_add(1, SeqCst) + 1;
        self.place(key).fetch_max(next, SeqCst);
    }

    /// Everything may have changed.
    pub fn all_changed(&self) {
        let next = self.now.fetch_add(1, SeqCst) + 1;
        self.of_all.fetch_max(next, SeqCst);
    }

    #[expect(clippy::cast_possible_truncation, reason = "the remainder is what is wanted")]
    fn place<K: Hash>(&self, key: &K) -> &AtomicU64 {
        &self.of[self.hash.hash_one(key) as usize % PLACES]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_before_a_change_is_of_no_use_and_what_was_begun_after_it_is() {
        let generations = Generations::new();
        let before = generations.now();
        assert!(before >= generations.needed(&"a"));
        generations.changed(&"a");
        assert!(before < generations.needed(&"a") && generations.now() >= generations.needed(&"a"));
        generations.all_changed();
        assert!(before < generations.needed(&"b") && generations.now() >= generations.needed(&"b"));
    }
}
