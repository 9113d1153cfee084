//! A model that scores beside the live one, unseen: some of the live traffic goes to it as well, after it was answered.
//!
//! It has one thread of its own, a short queue that drops what doesn't fit, and a quarter of a core at most, so that answers are never later
//! for it. What fails in it is counted and concerns nobody else.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::Instant,
};

use matinee_domain::MovieId;
use matinee_services::ports::{RecommendRequest, ScoredMovie, ShadowReport};

use super::{
    EngineError, OnnxRuntime, Solo,
    agreement::{overlap_at_10, rank_correlation},
};
use crate::model::LoadedModel;

/// Of so many requests one is scored.
const ONE_IN: u64 = 5;
/// Requests that wait at most; more are dropped.
const QUEUE_LEN: usize = 32;
/// Films of an answer that are compared.
const COMPARED: usize = 50;
/// How often its own time the thread rests after a request: three times as long is a quarter of a core.
const REST: u32 = 3;

/// A request, and the films that the live model answered, best first.
struct Sample {
    request: RecommendRequest,
    live: Vec<MovieId>,
}

/// The shadow of an engine, if it has one.
#[derive(Default)]
pub struct Shadow {
    running: Mutex<Option<Running>>,
    seen: AtomicU64,
}

struct Running {
    line: SyncSender<Sample>,
    tally: Arc<Tally>,
}

/// What came of it so far.
struct Tally {
    version: String,
    sums: Mutex<Sums>,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    scored: u64,
    dropped: u64,
    failed: u64,
    overlap: Mean,
    correlation: Mean,
}

#[derive(Clone, Copy, Default)]
struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            self.sum += value;
            self.count += 1;
        }
    }

    fn value(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

impl Shadow {
    /// Starts a model beside the live one, in place of the one that is there. `in_memory` counts models.
    ///
    /// # Errors
    /// When the model can't be run, or no thread can be started: then there is none.
    pub fn start(
        &self,
        runtime: &OnnxRuntime,
        model: LoadedModel,
        in_memory: &Arc<AtomicUsize>,
    ) -> Result<(), EngineError> {
        self.stop();
        let version = model.manifest.version.clone();
        let solo = Solo::counted(runtime, model, in_memory)?;
        let (line, samples) = sync_channel(QUEUE_LEN);
        let tally = Arc::new(Tally { version, sums: Mutex::default() });
        let told = Arc::clone(&tally);
        std::thread::Builder::new()
            .name("shadow".to_owned())
            .spawn(move || score(&solo, &samples, &told))
            .map_err(EngineError::Thread)?;
        *self.lock() = Some(Running { line, tally });
        Ok(())
    }

    /// Ends it; its thread lets the model go after what it is at.
    pub fn stop(&self) {
        *self.lock() = None;
    }

    /// The version that scores beside.
    pub fn version(&self) -> Option<String> {
        self.lock().as_ref().map(|running| running.tally.version.clone())
    }

    /// Whether this request is one to be scored as well. Cheap, for it is asked with each.
    pub fn wants_this(&self) -> bool {
        self.seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(ONE_IN) && self.lock().is_some()
    }

    /// Takes a request that was answered; drops it where too many wait.
    pub fn take(&self, request: RecommendRequest, live: Vec<MovieId>) {
        if let Some(running) = self.lock().as_ref()
            && running.line.try_send(Sample { request, live }).is_err()
        {
            running.tally.add(|sums| sums.dropped += 1);
        }
    }

    /// What came of it so far.
    pub fn report(&self) -> Option<ShadowReport> {
        let tally = Arc::clone(&self.lock().as_ref()?.tally);
        let sums = *tally.lock();
        Some(ShadowReport {
            version: tally.version.clone(),
            scored: sums.scored,
            dropped: sums.dropped,
            failed: sums.failed,
            overlap_at_10: sums.overlap.value(),
            rank_correlation: sums.correlation.value(),
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The films of an answer that are compared.
pub fn compared(answer: &[ScoredMovie]) -> Vec<MovieId> {
    answer.iter().take(COMPARED).map(|film| film.movie).collect()
}

impl Tally {
    fn lock(&self) -> std::sync::MutexGuard<'_, Sums> {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, what: impl FnOnce(&mut Sums)) {
        let mut sums = self.lock();
        let before = *sums;
        what(&mut sums);
        let model = || self.version.clone();
        let counts = [
            ("matinee_ai_shadow_scored_total", sums.scored - before.scored),
            ("matinee_ai_shadow_dropped_total", sums.dropped - before.dropped),
            ("matinee_ai_shadow_failed_total", sums.failed - before.failed),
        ];
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            metrics::counter!(name, "model" => model()).increment(count);
        }
        let means = [
            ("matinee_ai_shadow_overlap_at_10", sums.overlap.value()),
            ("matinee_ai_shadow_rank_correlation", sums.correlation.value()),
        ];
        for (name, mean) in means {
            if let Some(mean) = mean {
                metrics::gauge!(name, "model" => model()).set(mean);
            }
        }
    }
}

/// The life of the thread: until the other end of the queue is gone.
fn score(model: &Solo, samples: &Receiver<Sample>, tally: &Tally) {
    while let Ok(Sample { mut request, live }) = samples.recv() {
        let started = Instant::now();
        request.limit = u32::try_from(COMPARED).unwrap_or(u32::MAX);
        let scored = model.recommend(std::slice::from_ref(&request));
        match scored.map(|mut answers| compared(&answers.pop().unwrap_or_default())) {
            Ok(shadow) => tally.add(|sums| {
                sums.scored += 1;
                sums.overlap.add(overlap_at_10(&live, &shadow));
                sums.correlation.add(rank_correlation(&live, &shadow));
            }),
            Err(error) => {
                // Each of them would say the same.
                if tally.lock().failed == 0 {
                    tracing::error!(error = &error as &dyn std::error::Error, model.version = %tally.version, "the shadow fails");
                }
                tally.add(|sums| sums.failed += 1);
            }
        }
        std::thread::sleep(started.elapsed() * REST);
    }
}
