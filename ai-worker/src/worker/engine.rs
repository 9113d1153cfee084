//! The engine: the queue's entrance, and the switch of models.

use std::{
    collections::HashSet,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use matinee_domain::MovieId;
use matinee_services::ports::{
    ModelStatus, RankedBy, RecommendRequest, Recommender, RecommenderError, ScoreTerm, ScoredMovie, Shard,
    SimilarMovie, TermSource,
};
use tokio::sync::oneshot;

use super::{
    EngineError, EngineOptions, OnnxRuntime,
    inference::{Shared, run, wanted},
    loaded::Loaded,
    queue::{Entrance, Job, NoEntrance, Reply, Task, queue},
    shadow::Shadow,
};
use crate::model::{Manifest, ModelDirectory};

/// Ranks films with the live model. Its threads end when it is dropped.
pub struct Engine {
    queue: Entrance,
    shared: Arc<Shared>,
    runtime: OnnxRuntime,
    directory: ModelDirectory,
    options: EngineOptions,
    /// One reload at a time.
    reloading: Mutex<()>,
    /// The last model that could not score beside the live one: it is not tried again and again.
    refused_shadow: Mutex<Option<String>>,
    /// The same of the last model that could not be taken on trial.
    refused_trial: Mutex<Option<String>>,
    /// One, two while one takes over from the other, and one more each with a shadow and a trial.
    models_in_memory: Arc<AtomicUsize>,
}

impl Engine {
    /// Loads ONNX Runtime (`libonnxruntime.so`) and the live model of a directory of models, and starts the threads. Where there is no model yet, every request is
    /// answered with `NoModel` until [`Self::reload`] finds one.
    ///
    /// # Errors
    /// When the library is missing, or the live model is damaged.
    pub fn open(models: &Path, ort_library: &Path, options: EngineOptions) -> Result<Self, EngineError> {
        let runtime = OnnxRuntime::load(ort_library)?;
        let (entrance, line) = queue("films", options.queue_len);
        let shared = Arc::new(Shared {
            current: RwLock::new(None),
            trial: RwLock::new(None),
            line,
            shadow: Shadow::default(),
            batch_us: AtomicU64::new(10_000),
        });
        let directory = ModelDirectory::new(models);
        let engine = Self {
            queue: entrance,
            shared,
            runtime,
            directory,
            options,
            reloading: Mutex::new(()),
            refused_shadow: Mutex::default(),
            refused_trial: Mutex::default(),
            models_in_memory: Arc::default(),
        };
        engine.reload()?;
        engine.reload_shadow();
        engine.reload_trial();
        for thread in 0..engine.options.threads.max(1) {
            let (shared, options) = (Arc::clone(&engine.shared), engine.options.clone());
            std::thread::Builder::new()
                .name(format!("inference-{thread}"))
                .spawn(move || run(&shared, thread, &options))
                .map_err(EngineError::Thread)?;
        }
        Ok(engine)
    }

    /// Loads the live model where it is another than the one that serves, and puts it in place; returns its version
    /// where it changed. Reads files and computes for some milliseconds: not for an async thread. On an error the old
    /// model goes on serving.
    ///
    /// # Errors
    /// When the live model is damaged or can't be run.
    pub fn reload(&self) -> Result<Option<String>, EngineError> {
        let _one_at_a_time = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(live) = self.directory.lookup_live()? else { return Ok(None) };
        if self.manifest().is_some_and(|manifest| manifest.version == live) {
            return Ok(None);
        }
        let model = self.directory.load(&live)?;
        let loaded = Arc::new(Loaded::new(&self.runtime, model, &self.options, &self.models_in_memory)?);
        tracing::info!(model.version = %live, model.movies = loaded.items.len(), "model in place");
        *self.shared.current.write().unwrap_or_else(PoisonError::into_inner) = Some(loaded);
        Ok(Some(live))
    }

    /// Puts the model that is to score beside the live one in place, or takes it away. One that can't be loaded is logged: the live one is
    /// not concerned.
    pub fn reload_shadow(&self) {
        if self.options.shard.is_some() {
            // What two models make of different parts of the films can't be held against each other.
            return;
        }
        let shadow = &self.shared.shadow;
        let wanted = self.directory.lookup_shadow().unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "no model scores beside the live one");
            None
        });
        let mut refused = self.refused_shadow.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted == shadow.version() {
            return;
        }
        let Some(wanted) = wanted else {
            shadow.stop();
            tracing::info!("no model scores beside the live one any more");
            return;
        };
        if refused.as_ref() == Some(&wanted) {
            return;
        }
        let loaded = self.directory.load(&wanted).map_err(EngineError::from);
        match loaded.and_then(|model| shadow.start(&self.runtime, model, &self.models_in_memory)) {
            Ok(()) => tracing::info!(model.version = %wanted, "a model scores beside the live one"),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, model.version = %wanted, "the shadow can't be loaded");
                *refused = Some(wanted);
            }
        }
    }

    /// Takes the model on trial in, or lets it go. Where it can't be loaded, which is logged, the live one answers everybody.
    pub fn reload_trial(&self) {
        let wanted = self.directory.lookup_trial().unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "no model is on trial");
            None
        });
        let mut refused = self.refused_trial.lock().unwrap_or_else(PoisonError::into_inner);
        // Another trial of the same model is another try.
        *refused = refused.take().filter(|refused| wanted.as_ref() == Some(refused));
        let present = self.shared.trial().map(|loaded| loaded.manifest.version.clone());
        if wanted == present {
            return;
        }
        // The one before goes first: its trial is over, and memory for one more is enough.
        *self.shared.trial.write().unwrap_or_else(PoisonError::into_inner) = None;
        let Some(wanted) = wanted.filter(|wanted| refused.as_ref() != Some(wanted)) else {
            if let Some(present) = present {
                tracing::info!(model.version = %present, "the model is not on trial any more");
            }
            return;
        };
        let loaded = self.directory.load(&wanted).map_err(EngineError::from);
        match loaded.and_then(|model| Loaded::new(&self.runtime, model, &self.options, &self.models_in_memory)) {
            Ok(loaded) => {
                tracing::info!(model.version = %wanted, "a model is on trial beside the live one");
                *self.shared.trial.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(loaded));
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, model.version = %wanted, "the model on trial can't be loaded, and the live one answers");
                *refused = Some(wanted);
            }
        }
    }

    /// Calls [`Self::reload`] again and again, so that a newly trained model serves without a restart; ends with the
    /// engine's last other owner.
    pub async fn follow_live(engine: Arc<Self>, every: Duration) {
        let weak = Arc::downgrade(&engine);
        drop(engine);
        loop {
            tokio::time::sleep(every).await;
            let Some(engine) = weak.upgrade() else { return };
            let reloading = tokio::task::spawn_blocking(move || {
                let reloaded = engine.reload();
                engine.reload_shadow();
                engine.reload_trial();
                reloaded
            });
            match reloading.await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "the old model goes on serving");
                }
                Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "reloading ended early"),
            }
        }
    }

    /// The model that serves.
    pub fn manifest(&self) -> Option<Manifest> {
        self.shared.current().map(|loaded| loaded.manifest.clone())
    }

    /// The part of the films that it ranks, where it is not all of them.
    pub fn shard(&self) -> Option<Shard> {
        self.options.shard
    }

    /// The directory of models.
    pub fn models(&self) -> &Path {
        self.directory.path()
    }

    /// Models that this engine holds: one, two while one takes over from the other, one more each with a shadow and a trial, none before the
    /// first.
    pub fn models_in_memory(&self) -> usize {
        self.models_in_memory.load(Ordering::Relaxed)
    }

    /// The ranking that is the same for everybody of whom nothing is known, where that is what is asked for.
    fn popular(&self, request: &RecommendRequest) -> Option<RankedBy> {
        let trial = request.model.as_ref().and_then(|_| self.shared.trial());
        let trial = wanted(trial.as_ref(), request).cloned();
        let loaded = trial.or_else(|| self.shared.current())?;
        if request.stars || request.next || request.events.iter().any(|event| loaded.index.contains_key(&event.movie)) {
            return None;
        }
        let hidden: HashSet<MovieId> = request.hidden.iter().copied().collect();
        let limit = request.limit.clamp(1, RecommendRequest::MAX_LIMIT) as usize;
        let kept = loaded.kept.popular()?;
        let open = kept.iter().filter(|(item, _)| !hidden.contains(&loaded.items[*item])).take(limit);
        let found: Vec<_> = open
            .map(|&(item, value)| {
                let term = ScoreTerm { source: TermSource::Popularity, value, share: 1.0 };
                let terms = if value > 0.0 { vec![term] } else { Vec::new() };
                ScoredMovie { movie: loaded.items[item], score: value, terms, stars: None }
            })
            .collect();
        // With more films hidden than are kept, the model has to look further down.
        let is_whole = found.len() == limit || kept.len() == loaded.part.len();
        is_whole.then(|| RankedBy { movies: found, version: Some(loaded.manifest.version.clone()) })
    }

    async fn ask<T>(&self, task: impl FnOnce(Reply<T>) -> Task) -> Result<T, RecommenderError> {
        let limit = self.options.timeout;
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let (reply, answer) = oneshot::channel();
        let since = Instant::now();
        let job = Job { since, deadline: since + limit, task: task(reply) };
        self.queue.enter(&self.shared.line, job).map_err(|error| match error {
            NoEntrance::Full => RecommenderError::Overloaded { retry_after_ms: self.retry_after_ms() },
            NoEntrance::Ended => ended(),
        })?;
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(answer)) => answer,
            // The thread dropped it because its time was over, or the thread is gone.
            Ok(Err(_)) | Err(_) => Err(RecommenderError::TimedOut(limit_ms)),
        }
    }

    /// About how long what waits takes, by how long batches took lately.
    fn retry_after_ms(&self) -> u64 {
        let at_once = self.options.batch_max.max(1) * self.options.threads.max(1);
        let batches = self.shared.line.waiting().div_ceil(at_once) as u64;
        (self.shared.batch_us.load(Ordering::Relaxed).saturating_mul(batches) / 1_000).clamp(50, 1_000)
    }
}

fn ended() -> RecommenderError {
    RecommenderError::Worker("the inference threads have ended".into())
}

#[async_trait]
impl Recommender for Engine {
    async fn recommend(&self, request: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
        Ok(self.recommend_by(request).await?.movies)
    }

    async fn recommend_by(&self, request: RecommendRequest) -> Result<RankedBy, RecommenderError> {
        match self.popular(&request) {
            Some(popular) => Ok(popular),
            None => self.ask(|reply| Task::Recommend { request, reply }).await,
        }
    }

    async fn rank(&self, request: RecommendRequest, movies: Vec<MovieId>) -> Result<RankedBy, RecommenderError> {
        self.ask(|reply| Task::Rank { request, movies, is_whole: false, reply }).await
    }

    async fn explain(&self, request: RecommendRequest, movie: MovieId) -> Result<ScoredMovie, RecommenderError> {
        let ask = |reply| Task::Rank { request, movies: vec![movie], is_whole: true, reply };
        self.ask(ask).await?.movies.pop().ok_or(RecommenderError::UnknownMovie(movie))
    }

    async fn similar(&self, movie: MovieId, limit: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
        let limit = limit.clamp(1, RecommendRequest::MAX_LIMIT);
        if let Some(loaded) = self.shared.current()
            && let Some(item) = loaded.index.get(&movie)
            && let Some(kept) = loaded.kept.lookup_similar(*item, limit)
        {
            return Ok(kept);
        }
        self.ask(|reply| Task::Similar { movie, limit, reply }).await
    }

    async fn status(&self) -> Result<ModelStatus, RecommenderError> {
        let loaded = self.shared.current();
        Ok(ModelStatus {
            version: loaded.as_ref().map(|loaded| loaded.manifest.version.clone()),
            movies: loaded.map_or(0, |loaded| loaded.manifest.movies),
            shadow: self.shared.shadow.report(),
            on_trial: self.shared.trial().map(|loaded| loaded.manifest.version.clone()),
            shard: self.options.shard,
        })
    }
}
