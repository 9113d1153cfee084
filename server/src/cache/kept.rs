//! One memory: values by key, bounded in bytes; those that are asked for most stay.
//!
//! What stays is decided by `quick_cache` (a hot part, a cold one, and the keys of what left lately); that one value is read once for all who wait
//! for it is moka's. On Zipf's traces moka's own policy, `TinyLFU` without a window, hits 2 to 10 points less (docs/benchmarks.md).

use std::{
    collections::HashSet,
    hash::Hash,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use moka::future;
use quick_cache::{
    DefaultHashBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use super::{
    generations::Generations,
    tally::{self, Outcome, Tally},
};

/// How often a value is read again because it changed meanwhile, before it is given as it is and not kept.
const TRIES: usize = 3;
/// Values that have just been read and wait to be forgotten by `readings`.
const READ_AT_ONCE: u64 = 64;
/// Keys that are read anew beside serving at the same time; more wait until they are asked for again.
const MOST_RENEWALS: usize = 64;

/// What a memory is called and may hold.
pub struct Limits<K, V> {
    /// Its name in the measurements.
    pub name: &'static str,
    pub bytes: u64,
    /// What an entry weighs, about: of how many keys that have left it is known that they were there follows from it.
    pub usual_bytes: u64,
    /// A value is read anew after this time.
    pub fresh_for: Duration,
    /// Meanwhile, and when that fails, it is still shown up to this age.
    pub old_for: Duration,
    pub weigh: fn(&K, &V) -> u32,
}

pub struct Kept<K, V> {
    name: &'static str,
    entries: Cache<K, Entry<V>, Weigh<K, V>>,
    /// Readings that go on, so that nobody begins a second one of the same key. What has been read is in `entries`.
    readings: future::Cache<K, Entry<V>>,
    generations: Generations,
    fresh_for: Duration,
    longest: Duration,
    renewing: Mutex<HashSet<K>>,
    tally: OnceLock<Tally>,
}

#[derive(Clone)]
struct Entry<V> {
    value: V,
    /// Of the moment when it was begun to be read.
    generation: u64,
    read_at: Instant,
}

struct Weigh<K, V>(fn(&K, &V) -> u32);

impl<K, V> Clone for Weigh<K, V> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<K, V> Weighter<K, Entry<V>> for Weigh<K, V> {
    fn weight(&self, key: &K, entry: &Entry<V>) -> u64 {
        u64::from((self.0)(key, &entry.value))
    }
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
        let &Limits { name, bytes, usual_bytes, fresh_for, old_for, weigh } = limits;
        let usual = usize::try_from(bytes / usual_bytes.max(1)).unwrap_or(usize::MAX);
        Arc::new(Self {
            name,
            entries: Cache::with(
                usual,
                bytes,
                Weigh(weigh),
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            readings: future::Cache::builder().max_capacity(READ_AT_ONCE).time_to_live(Duration::ZERO).build(),
            generations: Generations::new(),
            fresh_for,
            longest: fresh_for.max(old_for),
            renewing: Mutex::default(),
            tally: OnceLock::new(),
        })
    }

    /// To be asked for before a value is read that is to be [`Self::put`].
    pub fn generation(&self) -> u64 {
        self.generations.now()
    }

    /// The value, if it is there and has not changed since it was read. Counts the asking.
    pub fn look(&self, key: &K) -> Option<Found<V>> {
        let found = self.find(key).map(|entry| (entry.read_at.elapsed(), entry.value));
        let found = found.filter(|(age, _)| *age < self.longest);
        let outcome = match &found {
            None => Outcome::Miss,
            Some((age, _)) if *age < self.fresh_for => Outcome::Hit,
            Some(_) => Outcome::Old,
        };
        // Not before the first asking, when whoever measures is there.
        let tally = self.tally.get_or_init(|| Tally::of(self.name));
        tally.asked(outcome, found.as_ref().map(|(age, _)| *age));
        let (_, value) = found?;
        Some(if outcome == Outcome::Hit { Found::Fresh(value) } else { Found::Old(value) })
    }

    fn find(&self, key: &K) -> Option<Entry<V>> {
        let needed = self.generations.needed(key);
        self.entries.get(key).filter(|entry| entry.generation >= needed)
    }

    /// Keeps a value that was begun to be read in this generation, unless it has changed since.
    pub fn put(&self, key: K, value: V, generation: u64) {
        self.put_entry(key, Entry { value, generation, read_at: Instant::now() });
    }

    fn put_entry(&self, key: K, entry: Entry<V>) {
        if entry.generation >= self.generations.needed(&key) {
            self.entries.insert(key, entry);
        }
    }

    /// The value; where it isn't there it is read, once for all who wait for it.
    ///
    /// # Errors
    /// That of the reading, for all who waited for it.
    pub async fn get<F, E>(self: &Arc<Self>, key: K, read: impl Fn() -> F) -> Result<V, Arc<E>>
    where
        F: Future<Output = Result<V, E>> + Send + 'static,
        E: Send + Sync + 'static,
    {
        match self.look(&key) {
            Some(Found::Fresh(value)) => return Ok(value),
            Some(Found::Old(value)) => {
                self.renew(vec![key.clone()], {
                    let (kept, read) = (Arc::clone(self), read());
                    async move {
                        let generation = kept.generation();
                        if let Ok(value) = read.await {
                            kept.put(key, value, generation);
                        }
                    }
                });
                return Ok(value);
            }
            None => {}
        }
        for _ in 0..TRIES {
            let needed = self.generations.needed(&key);
            let reading = async {
                let generation = self.generation();
                let value = read().await?;
                let entry = Entry { value, generation, read_at: Instant::now() };
                self.put_entry(key.clone(), entry.clone());
                Ok(entry)
            };
            let entry = self.readings.try_get_with(key.clone(), reading).await?;
            // Somebody may have begun to read it before the change that the one who asks here knows of.
            if entry.generation >= needed {
                return Ok(entry.value);
            }
        }
        read().await.map_err(Arc::new)
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
    pub fn forget(&self, key: &K) {
        self.generations.changed(key);
        self.entries.remove(key);
    }

    /// All values may have changed.
    pub fn forget_all(&self) {
        self.generations.all_changed();
        self.entries.clear();
    }

    /// Keys of all values.
    pub fn keys(&self) -> Vec<K> {
        self.entries.iter().map(|(key, _)| key).collect()
    }

    /// Tells the measurements how much there is.
    pub fn measure(&self) {
        tally::holds(self.name, self.entries.len() as u64, self.entries.weight());
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

    use matinee_services::ports::{RepositoryError, RepositoryResult};
    use tokio::sync::Notify;

    use super::*;

    fn kept(fresh_for: Duration) -> Arc<Kept<u8, u32>> {
        let old_for = Duration::from_mins(10);
        Kept::new(&Limits { name: "test", bytes: 1_000, usual_bytes: 1, fresh_for, old_for, weigh: |_, _| 1 })
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
        kept.forget(&1);
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
        kept.forget(&1);
        assert!(kept.get(1, fails).await.is_err());
    }

    #[tokio::test]
    async fn what_was_begun_before_a_change_is_not_kept() {
        let kept = kept(Duration::from_mins(1));
        let generation = kept.generation();
        kept.forget(&1);
        kept.put(1, 5, generation);
        assert!(kept.look(&1).is_none());
        kept.put(1, 6, kept.generation());
        assert!(matches!(kept.look(&1), Some(Found::Fresh(6))));
    }
}
