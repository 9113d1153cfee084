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
use matinee_services::ports::{RankedBy, RecommendRequest, RecommenderError, ScoredMovie, SimilarMovie};

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
    /// The model on trial, which answers those who want it by its version.
    pub trial: RwLock<Option<Arc<Loaded>>>,
    pub line: Line,
    pub shadow: Shadow,
    /// How long a batch took lately, in microseconds.
    pub batch_us: AtomicU64,
}

impl Shared {
    pub fn current(&self) -> Option<Arc<Loaded>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn trial(&self) -> Option<Arc<Loaded>> {
        self.trial.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The model on trial, if it is what is wanted.
pub fn wanted<'l>(trial: Option<&'l Arc<Loaded>>, request: &RecommendRequest) -> Option<&'l Arc<Loaded>> {
    let model = request.model.as_ref()?;
    trial.filter(|loaded| loaded.manifest.version == *model)
}

type Asked = (RecommendRequest, Reply<RankedBy>);

/// The life of one thread.
pub fn run(shared: &Shared, thread: usize, options: &EngineOptions) {
    while let Some(batch) = shared.line.next_batch(options.into()) {
        let Some(loaded) = shared.current() else {
            for job in batch {
                job.task.refuse(RecommenderError::NoModel);
            }
            continue;
        };
        let trial = shared.trial();
        let started = Instant::now();
        #[expect(clippy::cast_precision_loss, reason = "requests of a batch")]
        metrics::histogram!("matinee_ai_batch_size", "queue" => "films").record(batch.len() as f64);
        let (mut recommendations, mut on_trial) = (Vec::new(), Vec::new());
        for job in batch {
            match job.task {
                Task::Recommend { request, reply } => match wanted(trial.as_ref(), &request) {
                    Some(_) => on_trial.push((request, reply)),
                    None => recommendations.push((request, reply)),
                },
                // Whoever went away meanwhile needs no answer.
                Task::Rank { request, movies, is_whole, reply } => {
                    let by = |model: &Loaded| rank(model, thread, &request, &movies, is_whole);
                    let answer = match wanted(trial.as_ref(), &request).map(|trial| by(trial)) {
                        Some(Ok(ranked)) => Ok(ranked),
                        _ => by(&loaded),
                    };
                    drop(reply.send(answer));
                }
                Task::Similar { movie, limit, reply } => drop(reply.send(similar(&loaded, thread, movie, limit))),
            }
        }
        if let Some(trial) = &trial {
            recommendations.extend(recommend_on_trial(trial, thread, on_trial));
        }
        recommend(&loaded, thread, &shared.shadow, recommendations);
        let took = started.elapsed();
        metrics::histogram!("matinee_ai_inference_seconds", "queue" => "films").record(took.as_secs_f64());
        let mean = shared.batch_us.load(Ordering::Relaxed);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        shared.batch_us.store((mean / 8 * 7).saturating_add(took_us / 8), Ordering::Relaxed);
    }
}

/// One run for all who want films by their taste, and one for all who want what comes next.
fn ranked(loaded: &Loaded, thread: usize, asked: &[Asked]) -> Result<Vec<Vec<ScoredMovie>>, EngineError> {
    let (next, by_taste): (Vec<_>, Vec<_>) = asked.iter().map(|(request, _)| request).partition(|request| request.next);
    let mut by_taste = ranked_by_taste(loaded, thread, &by_taste)?.into_iter();
    let mut next = loaded.rank_next(&next).into_iter();
    let answer = |(request, _): &Asked| {
        let list = if request.next { &mut next } else { &mut by_taste };
        let mut movies = list.next().unwrap_or_default();
        loaded.add_stars(request, &mut movies);
        movies
    };
    Ok(asked.iter().map(answer).collect())
}

fn ranked_by_taste(
    loaded: &Loaded,
    thread: usize,
    requests: &[&RecommendRequest],
) -> Result<Vec<Vec<ScoredMovie>>, EngineError> {
    let prior = loaded.manifest.hyperparameters.prior;
    let prepared: Vec<Prepared> = requests.iter().map(|request| Prepared::new(request, &loaded.index, prior)).collect();
    let queries: Vec<_> = prepared.iter().map(|prepared| prepared.query.clone()).collect();
    let ranked = loaded.ranker(thread).rank(&queries)?;
    let answers = prepared.iter().zip(ranked);
    Ok(answers.map(|(prepared, ranked)| prepared.explain(&ranked, &loaded.items, MAX_TERMS)).collect())
}

/// Answers by the model on trial; returns those whom it could not answer, for the live one.
fn recommend_on_trial(trial: &Loaded, thread: usize, asked: Vec<Asked>) -> Vec<Asked> {
    if asked.is_empty() {
        return asked;
    }
    let version = &trial.manifest.version;
    match ranked(trial, thread, &asked) {
        Ok(answers) => {
            metrics::counter!("matinee_ai_trial_answered_total", "model" => version.clone())
                .increment(asked.len() as u64);
            for ((_, reply), movies) in asked.into_iter().zip(answers) {
                drop(reply.send(Ok(RankedBy { movies, version: Some(version.clone()) })));
            }
            Vec::new()
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, model.version = %version, "the model on trial fails, and the live one answers");
            metrics::counter!("matinee_ai_trial_failed_total", "model" => version.clone())
                .increment(asked.len() as u64);
            asked
        }
    }
}

fn recommend(loaded: &Loaded, thread: usize, shadow: &Shadow, requests: Vec<Asked>) {
    if requests.is_empty() {
        return;
    }
    match ranked(loaded, thread, &requests) {
        Ok(answers) => {
            for ((request, reply), movies) in requests.into_iter().zip(answers) {
                let beside = (!request.next && shadow.wants_this()).then(|| compared(&movies));
                drop(reply.send(Ok(RankedBy { movies, version: Some(loaded.manifest.version.clone()) })));
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
) -> Result<RankedBy, RecommenderError> {
    let by_this = |movies| RankedBy { movies, version: Some(loaded.manifest.version.clone()) };
    let most = RecommendRequest::MAX_RANKED as usize;
    let only: HashSet<usize> = movies
        .iter()
        .take(most)
        .filter_map(|movie| loaded.index.get(movie).copied())
        .filter(|item| loaded.part.contains(item))
        .collect();
    if only.is_empty() {
        return Ok(by_this(Vec::new()));
    }
    let prepared = Prepared::new(request, &loaded.index, loaded.manifest.hyperparameters.prior);
    let only: Vec<usize> = only.into_iter().collect();
    let ranked = loaded.ranker(thread).rank_only(&prepared.query, &only).map_err(worker_error)?;
    let terms = if is_whole { usize::MAX } else { MAX_TERMS };
    let mut movies = prepared.explain(&ranked, &loaded.items, terms);
    loaded.add_stars(request, &mut movies);
    Ok(by_this(movies))
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
