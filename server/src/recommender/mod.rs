//! Which recommender serves: AI workers elsewhere, the one in this process, or none.
//!
//! From the outside in: what is asked is counted and timed ([`measured`]); where nobody answers, the person's last answer
//! comes again ([`kept`]), and where there is none, popular films, which the use case knows of.

mod following;
mod kept;
mod measured;
mod none;

pub use none::NoRecommender;

use std::{path::PathBuf, sync::Arc, time::Duration};

use matinee_ai::{
    pool::{PoolOptions, RemoteRecommender},
    worker::{Engine, EngineOptions},
};
use matinee_services::ports::Recommender;

use self::{kept::Kept, measured::Measured};
use crate::config::{AiConfig, CacheConfig, DataConfig};

/// Opens the configured recommender. One that can't be opened is logged and replaced by [`NoRecommender`]: pages then
/// show popular films.
pub fn open(ai: &AiConfig, data: &DataConfig, cache: &CacheConfig) -> Arc<dyn Recommender> {
    open_and_follow(ai, data, cache, None)
}

/// The same; where AI workers are asked, those that `file` names later join and leave without a restart.
pub fn open_and_follow(
    ai: &AiConfig,
    data: &DataConfig,
    cache: &CacheConfig,
    file: Option<PathBuf>,
) -> Arc<dyn Recommender> {
    let opened = if ai.workers.is_empty() { embedded(ai, data) } else { remote(ai, file) };
    let inner = opened.unwrap_or_else(|error| {
        tracing::error!(error = &*error as &dyn std::error::Error, "no recommendations: {error:#}");
        Arc::new(NoRecommender { reason: format!("{error:#}") })
    });
    let kept = Kept::new(inner, cache.recommendations);
    Arc::new(Measured::new(Arc::new(kept), cache))
}

fn remote(ai: &AiConfig, file: Option<PathBuf>) -> anyhow::Result<Arc<dyn Recommender>> {
    let options = PoolOptions {
        timeout: Duration::from_millis(ai.timeout_ms),
        first_hedge: Duration::from_millis(ai.first_hedge_ms),
        watch_interval: Duration::from_millis(ai.watch_interval_ms.max(10)),
        ..PoolOptions::default()
    };
    let pool = Arc::new(RemoteRecommender::new(&ai.workers, options)?);
    pool.watch();
    if let Some(file) = file {
        tokio::spawn(following::follow(Arc::downgrade(&pool), file, interval(ai)));
    }
    Ok(pool)
}

fn embedded(ai: &AiConfig, data: &DataConfig) -> anyhow::Result<Arc<dyn Recommender>> {
    let options = EngineOptions {
        threads: ai.threads,
        queue_len: ai.queue_len,
        batch_max: ai.batch_max,
        batch_events: ai.batch_events,
        batch_window: Duration::from_micros(ai.batch_window_us),
        timeout: Duration::from_millis(ai.timeout_ms),
    };
    let engine = Arc::new(Engine::open(&data.models(), &ai.ort_library, options)?);
    tokio::spawn(Engine::follow_live(Arc::clone(&engine), interval(ai)));
    Ok(engine)
}

fn interval(ai: &AiConfig) -> Duration {
    Duration::from_millis(ai.reload_interval_ms.max(100))
}
