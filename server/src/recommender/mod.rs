//! Which recommender serves: AI workers elsewhere, the one in this process, or none.
//!
//! From the outside in: what is asked is counted and timed ([`measured`]); who did nothing since gets the same answer, and where
//! nobody answers, the person's last one comes again ([`kept`]), and where there is none, popular films, which the use case knows of. Descriptions go the same ways; where
//! nobody answers, the search index does.

mod following;
mod kept;
mod measured;
mod none;

pub use kept::Kept;
pub use none::NoRecommender;

use std::{path::PathBuf, sync::Arc, time::Duration};

use matinee_ai::{
    pool::{PoolOptions, RemoteRecommender},
    text::{TextEngine, TextOptions},
    worker::{Engine, EngineOptions},
};
use matinee_connections::{Identity, client_config};
use matinee_services::ports::{Describer, Recommender, RecommenderError};
use rustls::ClientConfig;

use self::measured::{Measured, MeasuredDescriber};
use crate::config::{AiConfig, CacheConfig, DataConfig};

/// What answers for a model: which films for whom, and which film a description means.
pub struct Ai {
    pub recommender: Arc<dyn Recommender>,
    pub describer: Arc<dyn Describer>,
    /// The text engine of this process, whose films it has to embed itself.
    pub text: Option<Arc<TextEngine>>,
}

/// Opens the configured recommender. One that can't be opened is logged and replaced by [`NoRecommender`]: pages then
/// show popular films.
pub fn open(ai: &AiConfig, data: &DataConfig, cache: &CacheConfig) -> Ai {
    open_and_follow(ai, data, cache, None)
}

/// The same; where AI workers are asked, those that `file` names later join and leave without a restart.
pub fn open_and_follow(ai: &AiConfig, data: &DataConfig, cache: &CacheConfig, file: Option<PathBuf>) -> Ai {
    let opened = if ai.workers.is_empty() { embedded(ai, data) } else { remote(ai, file) };
    let opened = opened.unwrap_or_else(|error| {
        tracing::error!(error = &*error as &dyn std::error::Error, "no recommendations: {error:#}");
        let none = Arc::new(NoRecommender { reason: format!("{error:#}") });
        Ai { recommender: Arc::clone(&none) as _, describer: none, text: None }
    });
    let kept = Kept::new(opened.recommender, cache);
    Ai {
        recommender: Arc::new(Measured::new(Arc::new(kept), cache)),
        describer: Arc::new(MeasuredDescriber { inner: opened.describer }),
        text: opened.text,
    }
}

/// An error that several who waited got at once.
fn shared(error: Arc<RecommenderError>) -> RecommenderError {
    Arc::try_unwrap(error).unwrap_or_else(|error| match *error {
        RecommenderError::NoModel => RecommenderError::NoModel,
        RecommenderError::UnknownMovie(movie) => RecommenderError::UnknownMovie(movie),
        RecommenderError::Overloaded { retry_after_ms } => RecommenderError::Overloaded { retry_after_ms },
        RecommenderError::TimedOut(ms) => RecommenderError::TimedOut(ms),
        _ => RecommenderError::Worker(error.to_string().into()),
    })
}

fn remote(ai: &AiConfig, file: Option<PathBuf>) -> anyhow::Result<Ai> {
    let options = PoolOptions {
        timeout: Duration::from_millis(ai.timeout_ms),
        first_hedge: Duration::from_millis(ai.first_hedge_ms),
        watch_interval: Duration::from_millis(ai.watch_interval_ms.max(10)),
        tls: tls(ai)?.map(Arc::new),
        ..PoolOptions::default()
    };
    let pool = Arc::new(RemoteRecommender::new(&ai.workers, options)?);
    pool.watch();
    if let Some(file) = file {
        tokio::spawn(following::follow(Arc::downgrade(&pool), file, interval(ai)));
    }
    Ok(Ai { recommender: Arc::clone(&pool) as _, describer: pool, text: None })
}

/// Whom workers have to be, and what is shown to them.
fn tls(ai: &AiConfig) -> anyhow::Result<Option<ClientConfig>> {
    if ai.tls_ca.as_os_str().is_empty() {
        return Ok(None);
    }
    let identity = ai.tls_files().map(Identity::read).transpose()?;
    let config = client_config(&ai.tls_ca, identity.as_ref())?;
    if let Some(identity) = identity {
        tokio::spawn(identity.follow(Identity::RELOAD));
    }
    Ok(Some(config))
}

fn embedded(ai: &AiConfig, data: &DataConfig) -> anyhow::Result<Ai> {
    let options = EngineOptions {
        threads: ai.threads,
        queue_len: ai.queue_len,
        batch_max: ai.batch_max,
        batch_events: ai.batch_events,
        batch_window: Duration::from_micros(ai.batch_window_us),
        timeout: Duration::from_millis(ai.timeout_ms),
        shard: None,
    };
    let engine = Arc::new(Engine::open(&data.models(), &ai.ort_library, options)?);
    tokio::spawn(Engine::follow_live(Arc::clone(&engine), interval(ai)));
    let options = TextOptions {
        queue_len: ai.queue_len,
        batch_window: Duration::from_micros(ai.batch_window_us),
        timeout: Duration::from_millis(ai.timeout_ms),
        ..TextOptions::default()
    };
    let text = Arc::new(TextEngine::open(&data.models(), &ai.ort_library, options)?);
    tokio::spawn(TextEngine::follow(Arc::clone(&text), interval(ai)));
    Ok(Ai { recommender: engine, describer: Arc::clone(&text) as _, text: Some(text) })
}

fn interval(ai: &AiConfig) -> Duration {
    Duration::from_millis(ai.reload_interval_ms.max(100))
}
