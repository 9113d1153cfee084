//! One memory: values by key, bounded in bytes; those that are asked for most stay (`TinyLFU`).

use std::{
    collections::HashSet,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use matinee_services::ports::{RepositoryError, RepositoryResult};
use moka::future::Cache;

use super::{
    generations::Generations,
    tally::{self, Outcome},
};

/// How often a value is read again because it changed meanwhile, before it is given as it is and not kept.
const TRIES: usize = 3;
/// Keys that are read anew beside serving at the same time; more wait until they are asked for again.
const MOST_RENEWALS: usize = 64;

/// What a memory is called and may hold.
pub struct Limits<K, V> {
    /// Its name in the measurements.
    pub name: &'static str,
    pub bytes: u64,
    /// A value is read anew after this time.
    pub fresh_for: Duration,
    /// Meanwhile, and when that fails, it is still shown up to this age.
    pub old_for: Duration,
    pub weigh: fn(&K, &V) -> u32,
}

pub struct Kept<K, V> {
    name: &'static str,
    entries: Cache<K, Entry<V>>,
    generations: Generations,
    fresh_for: Duration,
    renewing: Mutex<HashSet<K>>,
}

#[derive(Clone)]
struct Entry<V> {
    value: V,
    /// Of the moment when it was begun to be read.
    generation: u64,
    read_at: Instant,
}

/// What was found.
pub enum Found<V> {
    Fresh(V),
    /// Right as far as anybody knows, but to be read anew.
    Old(V),
}

impl<K, V> Kept<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub fn new(limits: &Limits<K, V>) -> Arc<Self> {
        let &Limits { name, bytes, fresh_for, old_for, weigh } = limits;
        let entries = Cache::builder()
            .max_capacity(bytes)
            .time_to_live(fresh_for.max(old_for))
            .weigher(move |key: &K, entry: &Entry<V>| weigh(key, &entry.value))
            .build();
        Arc::new(Self { name, entries, generations: Generations::new(), fresh_for, renewing: Mutex::default() })
    }

    /// To be asked for before a value is read that is to be [`Self::put`].
    pub fn generation(&self) -> u64 {
        self.generations.now()
    }

    /// The value, if it is there and has not changed since it was read. Counts the asking.
    pub async fn look(&self, key: &K) -> Option<Found<V>> {
        let found = self.find(key).await;
        let age = found.as_ref().map(|entry| entry.read_at.elapsed());
        let outcome = match age {
            None => Outcome::Miss,
            Some(age) if age < self.fresh_for => Outcome::Hit,
            Some(_) => Outcome::Old,
        };
        tally::asked(self.name, outcome, age);
        let value = found?.value;
        Some(if outcome == Outcome::Hit { Found::Fresh(value) } else { Found::Old(value) })
    }

    async fn find(&self, key: &K) -> Option<Entry<V>> {
        let needed = self.generations.needed(key);
        self.entries.get(key).await.filter(|entry| entry.generation >= needed)
    }

    /// Keeps a value that was begun to be read in this generation, unless it has changed since.
    pub async fn put(&self, key: K, value: V, generation: u64) {
        if generation >= self.generations.needed(&key) {
            self.entries.insert(key, Entry { value, generation, read_at: Instant::now() }).await;
        }
    }

    /// The value; where it isn't there it is read, once for all who wait for it.
    pub async fn get<F>(self: &Arc<Self>, key: K, read: impl Fn() -> F) -> RepositoryResult<V>
    where
        F: Future<Output = RepositoryResult<V>> + Send + 'static,
    {
        match self.look(&key).await {
            Some(Found::Fresh(value)) => return Ok(value),
            Some(Found::Old(value)) => {
                self.renew(vec![key.clone()], {
                    let (kept, read) = (Arc::clone(self), read());
                    async move {
                        let generation = kept.generation();
                        if let Ok(value) = read.await {
                            kept.put(key, value, generation).await;
                        }
                    }
                });
                return Ok(value);
            }
            None => {}
        }
        for _ in 0..TRIES {
            let needed = self.generations.needed(&key);
            if self.entries.get(&key).await.is_some_and(|entry| entry.generation < needed) {
                self.entries.invalidate(&key).await;
            }
            let reading = async {
                let generation = self.generation();
                read().await.map(|value| Entry { value, generation, read_at: Instant::now() })
            };
            let entry = self.entries.try_get_with(key.clone(), reading).await.map_err(shared)?;
            // Somebody may have begun to read it before the change that the one who asks here knows of.
            if entry.generation >= needed {
                return Ok(entry.value);
            }
        }
        read().await
    }

    /// Runs `reading`, which puts values of these keys, beside serving, unless all of them are being read anew already.
    pub fn renew(self: &Arc<Self>, keys: Vec<K>, reading: impl Future<Output = ()> + Send + 'static) {
        let claimed = {
            let mut renewing = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
            if renewing.len() >= MOST_RENEWALS {
                return;
            }
            keys.into_iter().filter(|key| renewing.insert(key.clone())).collect::<Vec<_>>()
        };
        if claimed.is_empty() {
            return;
        }
        let claim = Claim { kept: Arc::clone(self), keys: claimed };
        tokio::spawn(async move {
            reading.await;
            drop(claim);
        });
    }

    /// Its value has changed.
    pub async fn forget(&self, key: &K) {
        self.generations.changed(key);
        self.entries.invalidate(key).await;
    }

    /// All values may have changed.
    pub fn forget_all(&self) {
        self.generations.all_changed();
        self.entries.invalidate_all();
    }

    /// Keys of all values.
    pub fn keys(&self) -> Vec<K> {
        self.entries.iter().map(|(key, _)| key.as_ref().clone()).collect()
    }

    /// Tells the measurements how much there is.
    pub async fn measure(&self) {
        self.entries.run_pending_tasks().await;
        tally::holds(self.name, self.entries.entry_count(), self.entries.weighted_size());
    }
}

/// Keys that are being read anew; dropped, whatever became of it, they may be again.
struct Claim<K: Eq + Hash, V> {
    kept: Arc<Kept<K, V>>,
    keys: Vec<K>,
}

impl<K: Eq + Hash, V> Drop for Claim<K, V> {
    fn drop(&mut self) {
        let mut renewing = self.kept.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            renewing.remove(key);
        }
    }
}

/// An error that several waiting callers got at once.
fn shared(error: Arc<RepositoryError>) -> RepositoryError {
    Arc::try_unwrap(error).unwrap_or_else(|error| RepositoryError::Database(Box::new(SharedError(error))))
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct SharedError(Arc<RepositoryError>);

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

    use tokio::sync::Notify;

    use super::*;

    fn kept(fresh_for: Duration) -> Arc<Kept<u8, u32>> {
        let old_for = Duration::from_mins(10);
        Kept::new(&Limits { name: "test", bytes: 1_000, fresh_for, old_for, weigh: |_, _| 1 })
    }

    /// A value that changes, and is read slowly where it is told to.
    #[derive(Default)]
    struct Source {
        value: AtomicU32,
        reads: AtomicU32,
        reading: Notify,
        go_on: Notify,
    }

    impl Source {
        fn read(self: &Arc<Self>) -> impl Future<Output = RepositoryResult<u32>> + Send + use<> {
            let source = Arc::clone(self);
            async move {
                source.reads.fetch_add(1, SeqCst);
                Ok(source.value.load(SeqCst))
            }
        }

        /// Reads, tells of it, and answers when it may.
        fn read_slowly(self: &Arc<Self>) -> impl Future<Output = RepositoryResult<u32>> + Send + use<> {
            let (source, read) = (Arc::clone(self), self.read());
            async move {
                let value = read.await;
                source.reading.notify_one();
                source.go_on.notified().await;
                value
            }
        }
    }

    #[tokio::test]
    async fn what_was_being_read_while_it_changed_is_given_to_nobody_who_comes_after_the_change() {
        let (kept, source) = (kept(Duration::from_mins(1)), Arc::new(Source::default()));
        let early = {
            let (kept, source) = (Arc::clone(&kept), Arc::clone(&source));
            tokio::spawn(async move { kept.get(1, || source.read_slowly()).await.unwrap() })
        };
        source.reading.notified().await;
        source.value.store(7, SeqCst);
        kept.forget(&1).await;
        let late = {
            let (kept, source) = (Arc::clone(&kept), Arc::clone(&source));
            tokio::spawn(async move { kept.get(1, || source.read()).await.unwrap() })
        };
        tokio::task::yield_now().await;
        source.go_on.notify_one();
        assert_eq!(late.await.unwrap(), 7);
        early.await.unwrap();
        assert_eq!(kept.get(1, || source.read()).await.unwrap(), 7);
        assert_eq!(source.reads.load(SeqCst), 2, "kept since");
    }

    #[tokio::test]
    async fn all_who_wait_for_a_value_get_it_by_one_reading() {
        let (kept, source) = (kept(Duration::from_mins(1)), Arc::new(Source::default()));
        let asked: Vec<_> = (0..20)
            .map(|_| {
                let (kept, source) = (Arc::clone(&kept), Arc::clone(&source));
                tokio::spawn(async move { kept.get(1, || source.read_slowly()).await.unwrap() })
            })
            .collect();
        source.reading.notified().await;
        source.go_on.notify_one();
        for one in asked {
            one.await.unwrap();
        }
        assert_eq!(source.reads.load(SeqCst), 1);
    }

    #[tokio::test]
    async fn an_old_value_is_shown_while_it_is_read_anew_also_where_that_fails_but_not_once_it_is_known_to_have_changed()
     {
        let (kept, source) = (kept(Duration::ZERO), Arc::new(Source::default()));
        assert_eq!(kept.get(1, || source.read()).await.unwrap(), 0);
        let fails = || async { Err(RepositoryError::Database("gone".into())) };
        assert_eq!(kept.get(1, fails).await.unwrap(), 0);
        source.value.store(7, SeqCst);
        while kept.get(1, || source.read()).await.unwrap() != 7 {
            tokio::task::yield_now().await;
        }
        kept.forget(&1).await;
        assert!(kept.get(1, fails).await.is_err());
    }

    #[tokio::test]
    async fn what_was_begun_before_a_change_is_not_kept() {
        let kept = kept(Duration::from_mins(1));
        let generation = kept.generation();
        kept.forget(&1).await;
        kept.put(1, 5, generation).await;
        assert!(kept.look(&1).await.is_none());
        kept.put(1, 6, kept.generation()).await;
        assert!(matches!(kept.look(&1).await, Some(Found::Fresh(6))));
    }
}
