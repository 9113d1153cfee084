//! Which recommender serves: AI workers elsewhere, the one in this process, or none.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use matinee_ai::{
    pool::{PoolOptions, RemoteRecommender},
    worker::{Engine, EngineOptions},
};
use matinee_domain::MovieId;
use matinee_services::ports::{
    ModelStatus, RecommendRequest, Recommender, RecommenderError, ScoredMovie, SimilarMovie,
};
use moka::future::Cache;

use crate::config::{AiConfig, CacheConfig, DataConfig};

/// Opens the configured recommender. One that can't be opened is logged and replaced by [`NoRecommender`]: pages then
/// show popular films.
pub fn open(ai: &AiConfig, data: &DataConfig, cache: &CacheConfig) -> Arc<dyn Recommender> {
    let opened = if ai.urls.is_empty() { embedded(ai, data) } else { remote(ai) };
    let inner = opened.unwrap_or_else(|error| {
        tracing::error!(error = &*error as &dyn std::error::Error, "no recommendations: {error:#}");
        Arc::new(NoRecommender { reason: format!("{error:#}") })
    });
    let similar = Cache::builder().max_capacity(cache.movies).time_to_live(Duration::from_millis(cache.ttl_ms)).build();
    Arc::new(Measured { inner, similar })
}

fn remote(ai: &AiConfig) -> anyhow::Result<Arc<dyn Recommender>> {
    let options = PoolOptions { timeout: Duration::from_millis(ai.timeout_ms), ..PoolOptions::default() };
    Ok(Arc::new(RemoteRecommender::new(&ai.urls, options)?))
}

fn embedded(ai: &AiConfig, data: &DataConfig) -> anyhow::Result<Arc<dyn Recommender>> {
    let options = EngineOptions {
        threads: ai.threads,
        queue_len: ai.queue_len,
        batch_max: ai.batch_max,
        timeout: Duration::from_millis(ai.timeout_ms),
        ..EngineOptions::default()
    };
    let engine = Arc::new(Engine::open(&data.models(), &ai.ort_library, options)?);
    let interval = Duration::from_millis(ai.reload_interval_ms.max(100));
    tokio::spawn(Engine::follow_live(Arc::clone(&engine), interval));
    Ok(engine)
}

/// Stands in where no recommender could be opened.
pub struct NoRecommender {
    pub reason: String,
}

impl NoRecommender {
    fn error(&self) -> RecommenderError {
        RecommenderError::Worker(self.reason.clone().into())
    }
}

#[async_trait]
impl Recommender for NoRecommender {
    async fn recommend(&self, _: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
        Err(self.error())
    }

    async fn similar(&self, _: MovieId, _: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
        Err(self.error())
    }

    async fn status(&self) -> Result<ModelStatus, RecommenderError> {
        Err(self.error())
    }
}

/// Counts and times what a recommender answers, and keeps for a while which films are alike: that is the same for everybody.
struct Measured {
    inner: Arc<dyn Recommender>,
    similar: Cache<(MovieId, u32), Arc<Vec<SimilarMovie>>>,
}

#[async_trait]
impl Recommender for Measured {
    async fn recommend(&self, request: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
        let started = std::time::Instant::now();
        let result = self.inner.recommend(request).await;
        let outcome = match &result {
            Ok(_) => "ok",
            Err(RecommenderError::Overloaded { .. }) => "overloaded",
            Err(RecommenderError::TimedOut(_)) => "timed_out",
            Err(_) => "failed",
        };
        metrics::histogram!("matinee_recommend_duration_seconds", "outcome" => outcome)
            .record(started.elapsed().as_secs_f64());
        result
    }

    async fn similar(&self, movie: MovieId, limit: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
        if let Some(kept) = self.similar.get(&(movie, limit)).await {
            return Ok(kept.as_ref().clone());
        }
        let found = self.inner.similar(movie, limit).await?;
        self.similar.insert((movie, limit), Arc::new(found.clone())).await;
        Ok(found)
    }

    async fn status(&self) -> Result<ModelStatus, RecommenderError> {
        self.inner.status().await
    }
}
