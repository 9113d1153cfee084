//! The text engine: the queue's entrance, and taking a language model that appears or changes.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use matinee_services::ports::{Describer, NearMovie, RecommenderError};
use tokio::sync::oneshot;

use super::{
    TextDirectory, TextError, TextManifest, TextOptions,
    encoder::Encoder,
    films::FilmRows,
    inference::{LoadedModel, Shared, TextTask, run},
    kept::KeptFilms,
};
use crate::worker::{
    EngineError, OnnxRuntime,
    queue::{BatchLimits, Entrance, Job, NoEntrance, queue},
};

/// A full queue is empty again after about so long.
const RETRY_AFTER_MS: u64 = 100;

/// Embeddings, and what was left out of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// One of length one for each text.
    pub embeddings: Vec<Vec<f32>>,
    /// Texts whose end did not fit.
    pub cut: usize,
}

/// Embeds texts and finds films by descriptions. Its thread ends when it is dropped.
pub struct TextEngine {
    queue: Entrance<TextTask>,
    pub(super) shared: Arc<Shared>,
    runtime: OnnxRuntime,
    directory: TextDirectory,
    options: TextOptions,
    /// One reload at a time.
    reloading: Mutex<()>,
}

impl TextEngine {
    /// Loads ONNX Runtime and starts the thread; the language model of a directory of models is taken by [`Self::reload`], and every
    /// request is answered with `NoTextModel` until then.
    ///
    /// # Errors
    /// When the library is missing, or the thread can't be started.
    pub fn open(models: &Path, ort_library: &Path, options: TextOptions) -> Result<Self, EngineError> {
        let runtime = OnnxRuntime::load(ort_library)?;
        let (entrance, line) = queue("text", options.queue_len);
        let shared = Arc::new(Shared { current: RwLock::new(None), line });
        let limits =
            BatchLimits { max: options.batch_max, budget: options.batch_max.max(1), window: options.batch_window };
        let threads = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("text".to_owned())
            .spawn(move || run(&threads, limits))
            .map_err(EngineError::Thread)?;
        let directory = TextDirectory::new(models);
        Ok(Self { queue: entrance, shared, runtime, directory, options, reloading: Mutex::new(()) })
    }

    /// Loads the language model where it is another than the one in memory, with the films embedded by it; returns its name where it
    /// changed. Reads some hundred megabytes: not for an async thread. On an error the old one goes on.
    ///
    /// # Errors
    /// When it is damaged or can't be run.
    pub fn reload(&self) -> Result<Option<String>, TextError> {
        let _one_at_a_time = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let there = self.directory.lookup()?;
        if there.as_ref() == self.manifest().as_ref() {
            return Ok(None);
        }
        let Some(model) = self.directory.load()? else { return Ok(None) };
        let manifest = model.manifest.clone();
        let encoder = Encoder::new(&self.runtime, model, self.options.batch_tokens)?;
        let mut films = FilmRows::new(encoder.width());
        let kept = KeptFilms::open(&self.directory.films(&manifest), encoder.width(), &mut films)?;
        tracing::info!(model.name = %manifest.name, model.films = films.len(), "language model in place");
        let loaded = LoadedModel::new(manifest.clone(), encoder, (kept, films), self.options.kept_texts);
        *self.shared.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(loaded));
        Ok(Some(manifest.name))
    }

    /// Calls [`Self::reload`] again and again, so that a language model that is installed later serves without a restart, and takes
    /// in films that another process embedded; ends with the engine's last other owner.
    pub async fn follow(engine: Arc<Self>, every: Duration) {
        let weak = Arc::downgrade(&engine);
        drop(engine);
        let mut said = String::new();
        while let Some(engine) = weak.upgrade() {
            let looked = tokio::task::spawn_blocking(move || {
                engine.reload()?;
                engine.follow_films()
            });
            let problem = match looked.await {
                Ok(Ok(())) => String::new(),
                Ok(Err(error)) => error.to_string(),
                Err(error) => error.to_string(),
            };
            // Once, not every other second for as long as it is so.
            if !problem.is_empty() && problem != said {
                tracing::error!(problem, "films can't be described, or by the former language model only");
            }
            said = problem;
            tokio::time::sleep(every).await;
        }
    }

    fn follow_films(&self) -> Result<(), TextError> {
        let Some(model) = self.shared.current() else { return Ok(()) };
        let mut kept = model.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_writer() {
            return Ok(());
        }
        let mut films = model.films.write().unwrap_or_else(PoisonError::into_inner);
        kept.follow(&mut films)
    }

    /// The language model in memory.
    pub fn manifest(&self) -> Option<TextManifest> {
        self.shared.current().map(|model| model.manifest.clone())
    }

    /// Films that are embedded.
    pub fn films(&self) -> usize {
        self.shared.current().map_or(0, |model| model.films.read().unwrap_or_else(PoisonError::into_inner).len())
    }

    /// An embedding of length one for each text.
    ///
    /// # Errors
    /// When there is no language model, the queue is full, or it takes too long.
    pub async fn embed(&self, texts: Vec<String>) -> Result<Embedded, RecommenderError> {
        self.ask(self.options.timeout, |reply| TextTask::Embed { texts, is_background: false, reply }).await
    }

    /// The same behind everything else, however long it takes.
    pub(super) async fn embed_in_background(&self, texts: Vec<String>) -> Result<Embedded, RecommenderError> {
        self.ask(Duration::from_mins(10), |reply| TextTask::Embed { texts, is_background: true, reply }).await
    }

    async fn ask<T>(
        &self,
        limit: Duration,
        task: impl FnOnce(oneshot::Sender<Result<T, RecommenderError>>) -> TextTask,
    ) -> Result<T, RecommenderError> {
        if self.shared.current().is_none() {
            return Err(RecommenderError::NoTextModel);
        }
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let (reply, answer) = oneshot::channel();
        let since = Instant::now();
        let job = Job { since, deadline: since + limit, task: task(reply) };
        self.queue.enter(&self.shared.line, job).map_err(|error| match error {
            NoEntrance::Full => RecommenderError::Overloaded { retry_after_ms: RETRY_AFTER_MS },
            NoEntrance::Ended => RecommenderError::Worker("the text thread has ended".into()),
        })?;
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(answer)) => answer,
            // The thread dropped it because its time was over, or the thread is gone.
            Ok(Err(_)) | Err(_) => Err(RecommenderError::TimedOut(limit_ms)),
        }
    }
}

#[async_trait]
impl Describer for TextEngine {
    async fn describe(&self, text: &str, limit: u32) -> Result<Vec<NearMovie>, RecommenderError> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let limit = limit as usize;
        self.ask(self.options.timeout, |reply| TextTask::Describe { text, limit, reply }).await
    }
}
