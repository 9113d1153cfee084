//! The way to the database: reads with a time limit, writes in transactions that are run again when they lose a race.

use std::{
    future::Future,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};

use matinee_domain::{ChangeSetId, MovieId, Timestamp};
use matinee_migrations::Migrator;
use matinee_services::ports::RepositoryResult;
use sea_orm::DatabaseConnection;
use sea_orm_migration::MigratorTrait;
use tokio::time::{sleep, timeout};
use tracing::warn;

use crate::{
    StoreError, StoreOptions,
    engine::{self, Engine, Pools, WriteTransaction, postgres::Secondaries},
    failure::{Failure, Outcome},
    journal::{self, Cause, Ids, Journal, Tx},
    partitions,
    recent::Recent,
    schema,
};

/// How often a transaction is tried.
const MAX_TRIES: u32 = 12;

/// The pause after the first lost race, doubled after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The longest pause. All of them together last longer than a standby takes to be found after it was promoted.
const LONGEST_PAUSE: Duration = Duration::from_millis(640);

/// How long a rollback may take: it is one transaction, however large the import is that it takes back.
const ROLLBACK_TIMEOUT: Duration = Duration::from_hours(6);

/// How long a secondary may take before the primary is asked.
const SECONDARY_ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// A transaction as it is lent to the work in it. Shared rather than borrowed: the compiler can't see yet that a borrow
/// for any lifetime leaves an async closure `Send`.
pub(crate) type Transaction = Arc<Tx<WriteTransaction>>;

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Small,
    Bulk,
}

/// An open database. Implements all repository ports; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pools: Pools,
    options: Arc<StoreOptions>,
    /// Spreads the pauses of writers that lost the same race.
    spread: RandomState,
    change_set_ids: Arc<Ids>,
    recent: Arc<Recent>,
}

impl Store {
    /// Opens a database, and makes the file where there is none. The schema is another matter: see [`Store::migrate`].
    ///
    /// # Errors
    /// `Database` with a [`StoreError`] that says what was to be opened and why it couldn't.
    pub async fn connect(url_or_path: &str, options: StoreOptions) -> RepositoryResult<Self> {
        let pools = engine::open(url_or_path, &options).await?;
        Ok(Self {
            pools,
            recent: Arc::new(Recent::new(options.max_replica_lag)),
            options: Arc::new(options),
            spread: RandomState::new(),
            change_set_ids: Arc::new(Ids::new()),
        })
    }

    /// Brings the schema up to date; does nothing where it is. One process at a time should do this.
    ///
    /// # Errors
    /// `Database` with [`StoreError::Migrate`], or [`StoreError::NewerSchema`] where there is nothing that this program may do.
    pub async fn migrate(&self) -> RepositoryResult<()> {
        if schema::is_current(&self.pools.bulk_writes).await? {
            partitions::keep_quarters(self, self.now()).await;
            return Ok(());
        }
        let migrated = async {
            let _alone = engine::lock_schema(&self.pools).await?;
            Migrator::up(&self.pools.bulk_writes, None).await
        };
        migrated.await.map_err(|error| StoreError::Migrate(Box::new(error)))?;
        partitions::keep_quarters(self, self.now()).await;
        Ok(())
    }

    /// What keeps the data.
    pub fn engine(&self) -> Engine {
        self.pools.engine
    }

    /// How many secondaries are near enough to take reads now.
    pub fn near_secondaries(&self) -> usize {
        self.pools.secondaries.as_ref().map_or(0, |secondaries| secondaries.near())
    }

    /// Waits for calls to end, then closes the database.
    pub async fn close(&self) {
        // Nothing is left to do about an error here, and the journal makes up for a missing close.
        for pool in self.pools.all() {
            let _ = pool.close_by_ref().await;
        }
    }

    /// Somebody else has changed these films a moment ago: they are read from the primary until secondaries have followed.
    pub fn note_changed_elsewhere(&self, films: impl IntoIterator<Item = MovieId>) {
        self.recent.note(films.into_iter().map(|film| film.0));
    }

    /// An id for a change set that begins now.
    pub fn new_change_set_id(&self) -> ChangeSetId {
        ChangeSetId(self.change_set_ids.next(self.now()))
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.options.clock.now()
    }

    /// A writing connection for work that may take as long as a batch of an import.
    pub(crate) fn bulk_writer(&self) -> &DatabaseConnection {
        &self.pools.bulk_writes
    }

    /// Lends a reading connection, for [`StoreOptions::call_timeout`] at most: of the primary, and while that doesn't answer of a
    /// secondary. `work` may be run twice. (That is what `Clone` is for: of an `AsyncFn` the compiler can't see that it is `Send`.)
    pub(crate) async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&DatabaseConnection) -> Outcome<T> + Clone,
    ) -> RepositoryResult<T> {
        let Some(secondaries) = &self.pools.secondaries else {
            return limit(self.options.call_timeout, work(&self.pools.reads)).await;
        };
        let again = work.clone();
        // In boxes, for both are there at once.
        let primary = Box::pin(work(&self.pools.reads));
        let instead = Box::pin(async {
            let near = secondaries.pick().map_or(&self.pools.reads, |near| &near.reads);
            again(near).await
        });
        limit(self.options.call_timeout, primary_or(secondaries, primary, instead)).await
    }

    /// The same for reads that go over many rows.
    pub(crate) async fn read_bulk<T>(
        &self,
        work: impl AsyncFnOnce(&DatabaseConnection) -> Outcome<T>,
    ) -> RepositoryResult<T> {
        limit(self.options.bulk_timeout, work(&self.pools.bulk_reads)).await
    }

    /// The same for reads that may be up to [`StoreOptions::max_replica_lag`] old, but not of `ids` that this process has
    /// just written: by a secondary if one is near, and by the primary when that one fails.
    pub(crate) async fn read_recent<T, F>(
        &self,
        ids: &[uuid::Uuid],
        work: impl Fn(DatabaseConnection) -> F,
    ) -> RepositoryResult<T>
    where
        F: Future<Output = Outcome<T>>,
    {
        let read = async {
            let near = self.pools.secondary().filter(|_| !self.recent.holds_any(ids));
            if let Some(secondary) = near {
                match timeout(SECONDARY_ANSWERS_WITHIN, work(secondary.reads.clone())).await {
                    Ok(Err(Failure::Sql(error))) => secondary.failed(&error),
                    Err(late) => secondary.failed(&late),
                    Ok(outcome) => return outcome,
                }
            }
            let Some(secondaries) = &self.pools.secondaries else { return work(self.pools.reads.clone()).await };
            let primary = Box::pin(work(self.pools.reads.clone()));
            let instead = Box::pin(async {
                let near = secondaries.pick().map_or(&self.pools.reads, |near| &near.reads);
                work(near.clone()).await
            });
            primary_or(secondaries, primary, instead).await
        };
        limit(self.options.call_timeout, read).await
    }

    /// The same for reads that go over many rows.
    pub(crate) async fn read_bulk_recent<T, F>(&self, work: impl Fn(DatabaseConnection) -> F) -> RepositoryResult<T>
    where
        F: Future<Output = Outcome<T>>,
    {
        let read = async {
            if let Some(secondary) = self.pools.secondary().filter(|_| !self.recent.holds_any(&[])) {
                match work(secondary.bulk_reads.clone()).await {
                    Err(Failure::Sql(error)) => secondary.failed(&error),
                    outcome => return outcome,
                }
            }
            work(self.pools.bulk_reads.clone()).await
        };
        limit(self.options.bulk_timeout, read).await
    }

    /// Runs `work` in a transaction, journals what it changed, and commits; nothing of it stays after an error. `work` may
    /// be run several times, so it must change nothing outside of the transaction.
    pub(crate) async fn write<T, F>(&self, cause: Cause, work: impl Fn(Transaction) -> F) -> RepositoryResult<T>
    where
        F: Future<Output = Outcome<T>>,
    {
        if self.pools.takes_no_writes() {
            return Err(StoreError::NoPrimary.into());
        }
        limit(self.options.call_timeout, self.with_retry(Size::Small, cause, |_| true, work)).await
    }

    /// The same for batches of an import.
    pub(crate) async fn write_bulk<T, F>(&self, cause: Cause, work: impl Fn(Transaction) -> F) -> RepositoryResult<T>
    where
        F: Future<Output = Outcome<T>>,
    {
        limit(self.options.bulk_timeout, self.with_retry(Size::Bulk, cause, |_| true, work)).await
    }

    /// The same for a rollback, which may be of many batches, and of which only the outcome tells whether what was done is to stay.
    pub(crate) async fn write_rollback<T, F>(
        &self,
        cause: Cause,
        stays: impl Fn(&T) -> bool,
        work: impl Fn(Transaction) -> F,
    ) -> RepositoryResult<T>
    where
        F: Future<Output = Outcome<T>>,
    {
        limit(ROLLBACK_TIMEOUT, self.with_retry(Size::Bulk, cause, stays, work)).await
    }

    async fn with_retry<T, F>(
        &self,
        size: Size,
        cause: Cause,
        stays: impl Fn(&T) -> bool,
        work: impl Fn(Transaction) -> F,
    ) -> Outcome<T>
    where
        F: Future<Output = Outcome<T>>,
    {
        let mut tries = 1;
        loop {
            let error = match self.attempt(size, cause, &stays, &work).await {
                Err(Failure::Sql(error)) if tries < MAX_TRIES && engine::is_transient(&error) => error,
                outcome => return outcome,
            };
            let pause = self.pause(tries);
            warn!(tries, pause_ms = pause.as_millis(), %error, "transaction lost a race, trying again");
            sleep(pause).await;
            tries += 1;
        }
    }

    async fn attempt<T, F>(
        &self,
        size: Size,
        cause: Cause,
        stays: &impl Fn(&T) -> bool,
        work: &impl Fn(Transaction) -> F,
    ) -> Outcome<T>
    where
        F: Future<Output = Outcome<T>>,
    {
        let journal = Journal::new(cause, Arc::clone(&self.change_set_ids), Arc::clone(&self.options.clock));
        let journal = Some(journal).filter(|_| self.is_journaled());
        let pool = if size == Size::Bulk { &self.pools.bulk_writes } else { &self.pools.writes };
        let transaction = WriteTransaction::begin(pool, self.pools.engine, size == Size::Bulk).await?;
        let copying = transaction.copying();
        let lent = match &journal {
            Some(journal) => Tx::journaled(transaction, journal.clone()),
            None => Tx::new(transaction),
        };
        let lent = Arc::new(lent.copying_by(copying));
        let outcome = work(Arc::clone(&lent)).await;
        let lent = Arc::into_inner(lent).expect("the work that it was lent to is over");
        let (transaction, noted) = lent.into_parts();
        let journaled = match outcome {
            Ok(value) if !stays(&value) => return transaction.rollback().await.map(|()| value).map_err(Failure::Sql),
            Ok(value) => match &journal {
                Some(journal) => journal.keep(&transaction, &noted).await.map(|kept| (value, kept)),
                None => Ok((value, None)),
            },
            Err(failure) => Err(failure),
        };
        match journaled {
            Ok((value, kept)) => match transaction.commit().await {
                Ok(()) => {
                    if let Some(journal) = &journal {
                        journal.tell(kept, &noted);
                    }
                    if self.pools.secondaries.is_some() {
                        journal::note_written(&noted, &self.recent);
                    }
                    Ok(value)
                }
                Err(error) if engine::commit_is_unknown(&error) => {
                    Err(Failure::Port(StoreError::CommitUnknown(Box::new(error)).into()))
                }
                Err(error) => Err(error.into()),
            },
            Err(failure) => {
                // The first error tells more than one of the rollback, which happens in any case when it is dropped.
                let _ = transaction.rollback().await;
                Err(failure)
            }
        }
    }

    /// Always, but where a benchmark measures what the journal costs.
    #[cfg_attr(not(feature = "unjournaled"), expect(clippy::unused_self, reason = "only benchmarks may say otherwise"))]
    fn is_journaled(&self) -> bool {
        #[cfg(feature = "unjournaled")]
        if self.options.unjournaled {
            return false;
        }
        true
    }

    /// Between half of the doubled pause and all of it.
    fn pause(&self, tries: u32) -> Duration {
        let longest = (FIRST_PAUSE * 2_u32.pow(tries)).min(LONGEST_PAUSE);
        let part = u32::try_from(self.spread.hash_one((Instant::now(), tries)) % 512).unwrap_or(0);
        longest / 2 + longest / 1024 * part
    }
}

/// What the primary answers; where it is gone, or goes meanwhile, what `instead` does.
async fn primary_or<T>(
    secondaries: &Secondaries,
    primary: impl Future<Output = Outcome<T>>,
    instead: impl Future<Output = Outcome<T>>,
) -> Outcome<T> {
    if secondaries.primary_answers() {
        tokio::select! {
            biased;
            outcome = primary => match outcome {
                Err(Failure::Sql(error)) if engine::is_unreachable(&error) => {}
                outcome => return outcome,
            },
            () = secondaries.primary_is_gone() => {}
        }
    }
    instead.await
}

async fn limit<T>(time: Duration, work: impl Future<Output = Outcome<T>>) -> RepositoryResult<T> {
    match timeout(time, work).await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(StoreError::TimedOut(time).into()),
    }
}
