//! The engine: the queue's entrance, and the switch of models.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use matinee_domain::MovieId;
use matinee_services::ports::{
    ModelStatus, RecommendRequest, Recommender, RecommenderError, ScoredMovie, SimilarMovie,
};
use tokio::sync::oneshot;

use super::{
    EngineError, EngineOptions, OnnxRuntime,
    inference::{Job, Reply, Shared, Task, run},
    loaded::Loaded,
};
use crate::model::{Manifest, ModelDirectory};

/// Ranks films with the live model. Its threads end when it is dropped.
pub struct Engine {
    queue: SyncSender<Job>,
    shared: Arc<Shared>,
    runtime: OnnxRuntime,
    directory: ModelDirectory,
    options: EngineOptions,
    /// One reload at a time.
    reloading: Mutex<()>,
}

impl Engine {
    /// Loads ONNX Runtime (`libonnxruntime.so`) and the live model of a directory of models, and starts the threads. Where there is no model yet, every request is
    /// answered with `NoModel` until [`Self::reload`] finds one.
    ///
    /// # Errors
    /// When the library is missing, or the live model is damaged.
    pub fn open(models: &Path, ort_library: &Path, options: EngineOptions) -> Result<Self, EngineError> {
        let runtime = OnnxRuntime::load(ort_library)?;
        let (sender, receiver) = sync_channel(options.queue_len.max(1));
        let shared = Arc::new(Shared { current: RwLock::new(None), queue: Mutex::new(receiver) });
        let directory = ModelDirectory::new(models);
        let engine = Self { queue: sender, shared, runtime, directory, options, reloading: Mutex::new(()) };
        engine.reload()?;
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
        let loaded = Arc::new(Loaded::new(&self.runtime, model, self.options.threads)?);
        tracing::info!(model.version = %live, model.movies = loaded.items.len(), "model in place");
        *self.shared.current.write().unwrap_or_else(PoisonError::into_inner) = Some(loaded);
        Ok(Some(live))
    }

    /// Calls [`Self::reload`] again and again, so that a newly trained model serves without a restart; ends with the
    /// engine's last other owner.
    pub async fn follow_live(engine: Arc<Self>, every: Duration) {
        let weak = Arc::downgrade(&engine);
        drop(engine);
        loop {
            tokio::time::sleep(every).await;
            let Some(engine) = weak.upgrade() else { return };
            match tokio::task::spawn_blocking(move || engine.reload()).await {
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

    /// The directory of models.
    pub fn models(&self) -> &Path {
        self.directory.path()
    }

    async fn ask<T>(&self, task: impl FnOnce(Reply<T>) -> Task) -> Result<Vec<T>, RecommenderError> {
        let limit = self.options.timeout;
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let (reply, answer) = oneshot::channel();
        let job = Job { deadline: Instant::now() + limit, task: task(reply) };
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => RecommenderError::Overloaded { retry_after_ms: self.retry_after_ms() },
            TrySendError::Disconnected(_) => ended(),
        })?;
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(answer)) => answer,
            // The thread dropped it because its time was over, or the thread is gone.
            Ok(Err(_)) | Err(_) => Err(RecommenderError::TimedOut(limit_ms)),
        }
    }

    /// About how long the full queue takes to empty, at a few milliseconds a batch.
    fn retry_after_ms(&self) -> u64 {
        let batches = self.options.queue_len.div_ceil(self.options.batch_max.max(1) * self.options.threads.max(1));
        (batches as u64).saturating_mul(10).clamp(50, 1_000)
    }
}

fn ended() -> RecommenderError {
    RecommenderError::Worker("the inference threads have ended".into())
}

#[async_trait]
impl Recommender for Engine {
    async fn recommend(&self, request: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
        self.ask(|reply| Task::Recommend { request, reply }).await
    }

    async fn similar(&self, movie: MovieId, limit: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
        self.ask(|reply| Task::Similar { movie, limit, reply }).await
    }

    async fn status(&self) -> Result<ModelStatus, RecommenderError> {
        let loaded = self.shared.current();
        Ok(ModelStatus {
            version: loaded.as_ref().map(|loaded| loaded.manifest.version.clone()),
            movies: loaded.map_or(0, |loaded| loaded.manifest.movies),
        })
    }
}
