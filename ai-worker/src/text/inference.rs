//! The text thread: takes a batch, embeds, looks for films, answers. What is done in the background comes after everything else
//! of its batch, and one of it at a time is in the queue, so that a description waits for one small run at most.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Instant,
};

use matinee_services::ports::{NearMovie, RecommenderError};
use moka::sync::Cache;
use tokio::sync::oneshot;

use super::{
    Embedded, TextError, TextManifest,
    encoder::{Encoder, Tokens},
    films::FilmRows,
    kept::KeptFilms,
};
use crate::worker::queue::{BatchLimits, Job, Line, Work};

type Reply<T> = oneshot::Sender<Result<T, RecommenderError>>;

/// What is asked of the thread.
pub enum TextTask {
    Embed { texts: Vec<String>, is_background: bool, reply: Reply<Embedded> },
    Describe { text: String, limit: usize, reply: Reply<Vec<NearMovie>> },
}

impl Work for TextTask {
    fn is_abandoned(&self) -> bool {
        match self {
            Self::Embed { reply, .. } => reply.is_closed(),
            Self::Describe { reply, .. } => reply.is_closed(),
        }
    }

    /// Texts: how many tokens they have is not known yet.
    fn size(&self) -> usize {
        match self {
            Self::Embed { texts, .. } => texts.len().max(1),
            Self::Describe { .. } => 1,
        }
    }
}

impl TextTask {
    fn refuse(self, error: RecommenderError) {
        match self {
            Self::Embed { reply, .. } => drop(reply.send(Err(error))),
            Self::Describe { reply, .. } => drop(reply.send(Err(error))),
        }
    }

    fn is_background(&self) -> bool {
        matches!(self, Self::Embed { is_background: true, .. })
    }
}

/// A language model in memory, and the films embedded by it.
pub struct LoadedModel {
    pub manifest: TextManifest,
    pub films: RwLock<FilmRows>,
    pub kept: Mutex<KeptFilms>,
    encoder: Mutex<Encoder>,
    /// By description.
    descriptions: Cache<String, Arc<[f32]>>,
}

impl LoadedModel {
    pub fn new(
        manifest: TextManifest,
        encoder: Encoder,
        (kept, films): (KeptFilms, FilmRows),
        kept_texts: u64,
    ) -> Self {
        let (films, kept) = (RwLock::new(films), Mutex::new(kept));
        Self { manifest, films, kept, encoder: Mutex::new(encoder), descriptions: Cache::new(kept_texts) }
    }

    fn encoder(&self) -> MutexGuard<'_, Encoder> {
        // A panic in ONNX Runtime's wrapper leaves the session as it was: going on is safe.
        self.encoder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn embed(&self, texts: &[String]) -> Result<Embedded, TextError> {
        let mut encoder = self.encoder();
        let (tokens, are_whole): (Vec<Tokens>, Vec<bool>) = texts.iter().map(|text| encoder.tokens(text)).unzip();
        let cut = are_whole.iter().filter(|is_whole| !**is_whole).count();
        Ok(Embedded { embeddings: encoder.encode(&tokens)?, cut })
    }

    /// Embeddings of descriptions, those that were asked for before from memory.
    fn descriptions(&self, texts: &[String]) -> Result<Vec<Arc<[f32]>>, TextError> {
        let mut found: Vec<Option<Arc<[f32]>>> = texts.iter().map(|text| self.descriptions.get(text)).collect();
        let new: Vec<usize> = (0..texts.len()).filter(|&at| found[at].is_none()).collect();
        for (result, count) in [("hit", texts.len() - new.len()), ("miss", new.len())] {
            metrics::counter!("matinee_ai_cache_total", "kind" => "description", "result" => result)
                .increment(count as u64);
        }
        let unknown: Vec<String> = new.iter().map(|&at| texts[at].clone()).collect();
        for (&at, embedding) in new.iter().zip(self.embed(&unknown)?.embeddings) {
            let embedding: Arc<[f32]> = embedding.into();
            self.descriptions.insert(texts[at].clone(), Arc::clone(&embedding));
            found[at] = Some(embedding);
        }
        Ok(found.into_iter().flatten().collect())
    }

    fn describe(&self, asked: Vec<(String, usize, Reply<Vec<NearMovie>>)>) {
        let texts: Vec<String> = asked.iter().map(|(text, ..)| text.clone()).collect();
        let embeddings = match self.descriptions(&texts) {
            Ok(embeddings) => embeddings,
            Err(error) => {
                let message = failed(&error);
                for (.., reply) in asked {
                    drop(reply.send(Err(RecommenderError::Worker(message.clone().into()))));
                }
                return;
            }
        };
        let films = self.films.read().unwrap_or_else(PoisonError::into_inner);
        for ((_, limit, reply), embedding) in asked.into_iter().zip(embeddings) {
            // Whoever went away meanwhile needs no answer.
            drop(reply.send(Ok(films.nearest(&embedding, limit))));
        }
    }
}

/// What the thread and the engine share.
pub struct Shared {
    pub current: RwLock<Option<Arc<LoadedModel>>>,
    pub line: Line<TextTask>,
}

impl Shared {
    pub fn current(&self) -> Option<Arc<LoadedModel>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The life of the thread.
pub fn run(shared: &Shared, limits: BatchLimits) {
    while let Some(batch) = shared.line.next_batch(limits) {
        let Some(model) = shared.current() else {
            for job in batch {
                job.task.refuse(RecommenderError::NoTextModel);
            }
            continue;
        };
        let started = Instant::now();
        #[expect(clippy::cast_precision_loss, reason = "requests of a batch")]
        metrics::histogram!("matinee_ai_batch_size", "queue" => "text").record(batch.len() as f64);
        answer(&model, batch);
        metrics::histogram!("matinee_ai_inference_seconds", "queue" => "text").record(started.elapsed().as_secs_f64());
    }
}

fn answer(model: &LoadedModel, batch: Vec<Job<TextTask>>) {
    let (later, now): (Vec<_>, Vec<_>) = batch.into_iter().map(|job| job.task).partition(TextTask::is_background);
    let (mut described, mut embedded) = (Vec::new(), Vec::new());
    for task in now.into_iter().chain(later) {
        match task {
            TextTask::Describe { text, limit, reply } => described.push((text, limit, reply)),
            TextTask::Embed { texts, reply, .. } => embedded.push((texts, reply)),
        }
    }
    if !described.is_empty() {
        model.describe(described);
    }
    for (texts, reply) in embedded {
        let answer = model.embed(&texts).map_err(|error| RecommenderError::Worker(failed(&error).into()));
        drop(reply.send(answer));
    }
}

fn failed(error: &TextError) -> String {
    tracing::error!(error = error as &dyn std::error::Error, "embedding failed");
    error.to_string()
}
