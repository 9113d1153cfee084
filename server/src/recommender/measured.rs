//! Counts and times what a recommender answers, and keeps for a while which films are alike: that is the same for
//! everybody.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use matinee_domain::MovieId;
use matinee_services::ports::{
    Describer, ModelStatus, NearMovie, RankedBy, RecommendRequest, Recommender, RecommenderError, ScoredMovie,
    SimilarMovie,
};
use moka::future::Cache;

use crate::{
    cache::{
        bytes,
        tally::{self, Outcome},
    },
    config::CacheConfig,
};

const RECOMMENDING: &str = "matinee_recommend_duration_seconds";
const DESCRIBING: &str = "matinee_describe_duration_seconds";

pub struct Measured {
    inner: Arc<dyn Recommender>,
    similar: Cache<(MovieId, u32), Arc<Vec<SimilarMovie>>>,
}

impl Measured {
    pub fn new(inner: Arc<dyn Recommender>, cache: &CacheConfig) -> Self {
        let weigh = |_: &(MovieId, u32), films: &Arc<Vec<SimilarMovie>>| {
            bytes::weight(size_of_val(films.as_slice()) + size_of::<(MovieId, u32)>())
        };
        let similar = Cache::builder()
            .max_capacity(cache.recommendation_bytes)
            .weigher(weigh)
            .time_to_live(Duration::from_millis(cache.ttl_ms))
            .build();
        Self { inner, similar }
    }
}

async fn timed<T>(
    measure: &'static str,
    answer: impl Future<Output = Result<T, RecommenderError>>,
) -> Result<T, RecommenderError> {
    let started = Instant::now();
    let result = answer.await;
    let outcome = match &result {
        Ok(_) => "ok",
        Err(RecommenderError::Overloaded { .. }) => "overloaded",
        Err(RecommenderError::TimedOut(_)) => "timed_out",
        Err(RecommenderError::NoTextModel) => "no_model",
        Err(_) => "failed",
    };
    metrics::histogram!(measure, "outcome" => outcome).record(started.elapsed().as_secs_f64());
    result
}

/// Counts and times what a describer answers.
pub struct MeasuredDescriber {
    pub inner: Arc<dyn Describer>,
}

#[async_trait]
impl Describer for MeasuredDescriber {
    async fn describe(&self, text: &str, limit: u32) -> Result<Vec<NearMovie>, RecommenderError> {
        timed(DESCRIBING, self.inner.describe(text, limit)).await
    }
}

#[async_trait]
impl Recommender for Measured {
    async fn recommend(&self, request: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
        timed(RECOMMENDING, self.inner.recommend(request)).await
    }

    async fn recommend_by(&self, request: RecommendRequest) -> Result<RankedBy, RecommenderError> {
        timed(RECOMMENDING, self.inner.recommend_by(request)).await
    }

    async fn rank(
        &self,
        request: RecommendRequest,
        movies: Vec<MovieId>,
    ) -> Result<Vec<ScoredMovie>, RecommenderError> {
        timed(RECOMMENDING, self.inner.rank(request, movies)).await
    }

    async fn explain(&self, request: RecommendRequest, movie: MovieId) -> Result<ScoredMovie, RecommenderError> {
        timed(RECOMMENDING, self.inner.explain(request, movie)).await
    }

    async fn similar(&self, movie: MovieId, limit: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
        if let Some(kept) = self.similar.get(&(movie, limit)).await {
            tally::asked("similar", Outcome::Hit, None);
            return Ok(kept.as_ref().clone());
        }
        tally::asked("similar", Outcome::Miss, None);
        let found = self.inner.similar(movie, limit).await?;
        self.similar.insert((movie, limit), Arc::new(found.clone())).await;
        Ok(found)
    }

    async fn status(&self) -> Result<ModelStatus, RecommenderError> {
        self.inner.status().await
    }
}
