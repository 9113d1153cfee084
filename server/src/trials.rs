//! The trial of a model, as this instance knows it, and the queue of what counts for it.
//!
//! The database says whether one runs; it is asked every `ai.reload_interval_ms`, and while it doesn't answer, what it said last holds. What
//! happens goes through a bounded queue to one task that writes it, so that no page waits for it and each person's doings are counted in
//! their order. What doesn't fit is dropped and counted: the figures are then of a little less, in both arms alike.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, PoisonError, RwLock, Weak},
    time::Duration,
};

use matinee_domain::UserId;
use matinee_services::ports::{Happened, Observed, Trial, TrialRepository, TrialWatch};
use moka::sync::Cache;
use tokio::sync::mpsc;
use uuid::Uuid;

/// What may wait to be written.
const QUEUE_LEN: usize = 1_000;
/// The same list of the same person is told again after this time.
const TOLD_AGAIN: Duration = Duration::from_hours(6);
/// People whose last list is remembered, some 100 bytes each.
const REMEMBERED: u64 = 50_000;
/// How often it is looked whether something of trials that have ended is left to be forgotten.
const FORGETTING: Duration = Duration::from_hours(1);

/// What this instance knows of trials.
pub struct Trials {
    running: RwLock<Option<Arc<Trial>>>,
    line: mpsc::Sender<Observed>,
    /// A digest of the list that a person was shown last, so that it is not written again and again.
    told: Cache<(UserId, Uuid), u64>,
}

impl Trials {
    /// Asks once, and again and again from now on, until the last owner is gone.
    pub async fn open(repository: Arc<dyn TrialRepository>, every: Duration) -> Arc<Self> {
        let (line, observed) = mpsc::channel(QUEUE_LEN);
        let told = Cache::builder().max_capacity(REMEMBERED).time_to_live(TOLD_AGAIN).build();
        let trials = Arc::new(Self { running: RwLock::default(), line, told });
        trials.look(repository.as_ref()).await;
        tokio::spawn(write(observed, Arc::clone(&repository)));
        tokio::spawn(follow(Arc::downgrade(&trials), Arc::clone(&repository), every));
        tokio::spawn(forget(Arc::downgrade(&trials), repository));
        trials
    }

    async fn look(&self, repository: &dyn TrialRepository) {
        match repository.lookup_running_trial().await {
            Ok(found) => {
                let found = found.map(Arc::new);
                if self.running() != found {
                    let model = found.as_ref().map_or("none", |trial| trial.model.as_str());
                    tracing::info!(trial.model = model, "which model is on trial has changed");
                    *self.running.write().unwrap_or_else(PoisonError::into_inner) = found;
                }
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "whether a model is on trial is not known anew"
            ),
        }
    }

    /// Whether this was told lately: the same list, or once more that the model on trial did not answer.
    fn is_told(&self, observed: &Observed) -> bool {
        let mut digest = DefaultHasher::new();
        match &observed.what {
            Happened::Shown { arm, movies } => (arm, movies).hash(&mut digest),
            Happened::Missed => 0_u8.hash(&mut digest),
            Happened::Opened(_) | Happened::Rated(..) | Happened::Dismissed(_) => return false,
        }
        let (key, digest) = ((observed.person, observed.trial), digest.finish());
        if self.told.get(&key) == Some(digest) {
            return true;
        }
        self.told.insert(key, digest);
        false
    }
}

impl TrialWatch for Trials {
    fn running(&self) -> Option<Arc<Trial>> {
        self.running.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn observe(&self, observed: Observed) {
        if self.is_told(&observed) {
            return;
        }
        let key = (observed.person, observed.trial);
        if self.line.try_send(observed).is_err() {
            self.told.invalidate(&key);
            metrics::counter!("matinee_trial_dropped_total").increment(1);
        }
    }
}

async fn follow(trials: Weak<Trials>, repository: Arc<dyn TrialRepository>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let Some(trials) = trials.upgrade() else { return };
        trials.look(repository.as_ref()).await;
    }
}

/// Writes what comes, until nothing can come any more.
async fn write(mut observed: mpsc::Receiver<Observed>, repository: Arc<dyn TrialRepository>) {
    while let Some(one) = observed.recv().await {
        let outcome = match repository.observe(&one).await {
            Ok(()) => "ok",
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "something was not counted for the trial");
                "failed"
            }
        };
        metrics::counter!("matinee_trial_observed_total", "outcome" => outcome).increment(1);
    }
}

/// Whoever ends a trial forgets who was shown what; this makes up for what was cut off there.
async fn forget(trials: Weak<Trials>, repository: Arc<dyn TrialRepository>) {
    while trials.strong_count() > 0 {
        if let Err(error) = repository.forget_shown().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "who was shown what in a trial that has ended is not forgotten yet"
            );
        }
        tokio::time::sleep(FORGETTING).await;
    }
}
