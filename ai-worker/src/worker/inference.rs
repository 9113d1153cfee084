//! The inference threads: take what waits, run it as one batch, answer.

use std::{
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use matinee_domain::MovieId;
use matinee_services::ports::{RecommendRequest, RecommenderError, ScoredMovie, SimilarMovie};
use tokio::sync::oneshot;

use super::{EngineError, EngineOptions, loaded::Loaded, query::Prepared};

/// Where an answer goes.
pub type Reply<T> = oneshot::Sender<Result<Vec<T>, RecommenderError>>;

/// One request in the queue.
pub struct Job {
    pub deadline: Instant,
    pub task: Task,
}

pub enum Task {
    Recommend { request: RecommendRequest, reply: Reply<ScoredMovie> },
    Similar { movie: MovieId, limit: u32, reply: Reply<SimilarMovie> },
}

/// What the threads share. The queue's other end is the engine's; when it is gone the threads end.
pub struct Shared {
    pub current: RwLock<Option<Arc<Loaded>>>,
    pub queue: Mutex<Receiver<Job>>,
}

impl Shared {
    pub fn current(&self) -> Option<Arc<Loaded>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The life of one thread.
pub fn run(shared: &Shared, thread: usize, options: &EngineOptions) {
    while let Some(batch) = next_batch(&shared.queue, options.batch_max.max(1), options.batch_window) {
        let wanted = batch.into_iter().filter(is_wanted).map(|job| job.task);
        let Some(loaded) = shared.current() else {
            wanted.for_each(|task| task.refuse(|| RecommenderError::NoModel));
            continue;
        };
        let mut recommendations = Vec::new();
        for task in wanted {
            match task {
                Task::Recommend { request, reply } => recommendations.push((request, reply)),
                Task::Similar { movie, limit, reply } => drop(reply.send(similar(&loaded, thread, movie, limit))),
            }
        }
        recommend(&loaded, thread, recommendations);
    }
}

/// Waits for a request and takes what comes with it; `None` when the engine is gone. The lock is held while waiting:
/// the threads take turns at filling a batch while others compute.
fn next_batch(queue: &Mutex<Receiver<Job>>, max: usize, window: Duration) -> Option<Vec<Job>> {
    let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    let mut batch = vec![queue.recv().ok()?];
    let until = Instant::now() + window;
    while batch.len() < max {
        match queue.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(job) => batch.push(job),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    Some(batch)
}

/// Whether somebody still waits for the answer.
fn is_wanted(job: &Job) -> bool {
    let is_closed = match &job.task {
        Task::Recommend { reply, .. } => reply.is_closed(),
        Task::Similar { reply, .. } => reply.is_closed(),
    };
    !is_closed && Instant::now() < job.deadline
}

impl Task {
    fn refuse(self, error: impl Fn() -> RecommenderError) {
        match self {
            Self::Recommend { reply, .. } => drop(reply.send(Err(error()))),
            Self::Similar { reply, .. } => drop(reply.send(Err(error()))),
        }
    }
}

fn recommend(loaded: &Loaded, thread: usize, requests: Vec<(RecommendRequest, Reply<ScoredMovie>)>) {
    if requests.is_empty() {
        return;
    }
    let prepared: Vec<Prepared> = requests
        .iter()
        .map(|(request, _)| Prepared::new(request, &loaded.index, loaded.manifest.hyperparameters.prior))
        .collect();
    let queries: Vec<_> = prepared.iter().map(|prepared| prepared.query.clone()).collect();
    let answer = loaded.ranker(thread).rank(&queries);
    match answer {
        Ok(ranked) => {
            for (((_, reply), prepared), ranked) in requests.into_iter().zip(prepared).zip(ranked) {
                // Whoever went away meanwhile needs no answer.
                drop(reply.send(Ok(prepared.explain(ranked, &loaded.items))));
            }
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, batch = requests.len(), "inference failed");
            let message = error.to_string();
            for (_, reply) in requests {
                drop(reply.send(Err(RecommenderError::Worker(message.clone().into()))));
            }
        }
    }
}

fn similar(loaded: &Loaded, thread: usize, movie: MovieId, limit: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
    let item = *loaded.index.get(&movie).ok_or(RecommenderError::UnknownMovie(movie))?;
    let limit = limit.clamp(1, RecommendRequest::MAX_LIMIT) as usize;
    let ranked = loaded.ranker(thread).similar(item, limit).map_err(worker_error)?;
    let found =
        ranked.into_iter().map(|(item, score)| SimilarMovie { movie: loaded.items[item], score: score.min(1.0) });
    Ok(found.collect())
}

fn worker_error(error: EngineError) -> RecommenderError {
    RecommenderError::Worker(Box::new(error))
}
