//! The inference threads: take a batch, run it, answer.

use std::{
    collections::HashSet,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use matinee_domain::MovieId;
use matinee_services::ports::{RecommendRequest, RecommenderError, ScoredMovie, SimilarMovie};

use super::{
    EngineError, EngineOptions,
    loaded::Loaded,
    query::{MAX_TERMS, Prepared},
    queue::{Line, Reply, Task},
    shadow::{Shadow, compared},
};

/// What the threads share. The queue's other end is the engine's; when it is gone the threads end.
pub struct Shared {
    pub current: RwLock<Option<Arc<Loaded>>>,
    pub line: Line,
    pub shadow: Shadow,
    /// How long a batch took lately, in microseconds.
    pub batch_us: AtomicU64,
}

impl Shared {
    pub fn current(&self) -> Option<Arc<Loaded>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The life of one thread.
pub fn run(shared: &Shared, thread: usize, options: &EngineOptions) {
    while let Some(batch) = shared.line.next_batch(options.into()) {
        let Some(loaded) = shared.current() else {
            for job in batch {
                job.task.refuse(RecommenderError::NoModel);
            }
            continue;
        };
        let started = Instant::now();
        #[expect(clippy::cast_precision_loss, reason = "requests of a batch")]
        metrics::histogram!("matinee_ai_batch_size", "queue" => "films").record(batch.len() as f64);
        let mut recommendations = Vec::new();
        for job in batch {
            match job.task {
                Task::Recommend { request, reply } => recommendations.push((request, reply)),
                // Whoever went away meanwhile needs no answer.
                Task::Rank { request, movies, is_whole, reply } => {
                    drop(reply.send(rank(&loaded, thread, &request, &movies, is_whole)));
                }
                Task::Similar { movie, limit, reply } => drop(reply.send(similar(&loaded, thread, movie, limit))),
            }
        }
        recommend(&loaded, thread, &shared.shadow, recommendations);
        let took = started.elapsed();
        metrics::histogram!("matinee_ai_inference_seconds", "queue" => "films").record(took.as_secs_f64());
        let mean = shared.batch_us.load(Ordering::Relaxed);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        shared.batch_us.store((mean / 8 * 7).saturating_add(took_us / 8), Ordering::Relaxed);
    }
}

fn recommend(loaded: &Loaded, thread: usize, shadow: &Shadow, requests: Vec<(RecommendRequest, Reply<ScoredMovie>)>) {
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
            for (((request, reply), prepared), ranked) in requests.into_iter().zip(prepared).zip(ranked) {
                let answer = prepared.explain(&ranked, &loaded.items, MAX_TERMS);
                let beside = shadow.wants_this().then(|| compared(&answer));
                drop(reply.send(Ok(answer)));
                if let Some(live) = beside {
                    shadow.take(request, live);
                }
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

fn rank(
    loaded: &Loaded,
    thread: usize,
    request: &RecommendRequest,
    movies: &[MovieId],
    is_whole: bool,
) -> Result<Vec<ScoredMovie>, RecommenderError> {
    let most = RecommendRequest::MAX_RANKED as usize;
    let only: HashSet<usize> = movies.iter().take(most).filter_map(|movie| loaded.index.get(movie).copied()).collect();
    if only.is_empty() {
        return Ok(Vec::new());
    }
    let prepared = Prepared::new(request, &loaded.index, loaded.manifest.hyperparameters.prior);
    let only: Vec<usize> = only.into_iter().collect();
    let ranked = loaded.ranker(thread).rank_only(&prepared.query, &only).map_err(worker_error)?;
    let terms = if is_whole { usize::MAX } else { MAX_TERMS };
    Ok(prepared.explain(&ranked, &loaded.items, terms))
}

fn similar(loaded: &Loaded, thread: usize, movie: MovieId, limit: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
    let item = *loaded.index.get(&movie).ok_or(RecommenderError::UnknownMovie(movie))?;
    let ranked = loaded.ranker(thread).similar(item, limit as usize).map_err(worker_error)?;
    let found =
        ranked.into_iter().map(|(item, score)| SimilarMovie { movie: loaded.items[item], score: score.min(1.0) });
    let found: Vec<_> = found.collect();
    loaded.kept.keep_similar(item, limit, &found);
    Ok(found)
}

fn worker_error(error: EngineError) -> RecommenderError {
    tracing::error!(error = &error as &dyn std::error::Error, "inference failed");
    RecommenderError::Worker(Box::new(error))
}
