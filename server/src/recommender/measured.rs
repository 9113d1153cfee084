//! Counts and times what a recommender answers, and keeps for a while which films are alike: that is the same for
//! everybody.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use matinee_domain::MovieId;
use matinee_services::ports::{
    Describer, ModelStatus, NearMovie, RankedBy, Recall, RecommendRequest, Recommender, RecommenderError, ScoredMovie,
    SimilarMovie,
};

use crate::{
    cache::{
        bytes,
        kept::{Kept, Limits},
    },
    config::CacheConfig,
    recommender::shared,
};

const RECOMMENDING: &str = "matinee_recommend_duration_seconds";
const DESCRIBING: &str = "matinee_describe_duration_seconds";

type Alike = Arc<Vec<SimilarMovie>>;

pub struct Measured {
    inner: Arc<dyn Recommender>,
    similar: Arc<Kept<(MovieId, u32), Alike>>,
}

impl Measured {
    pub fn new(inner: Arc<dyn Recommender>, cache: &CacheConfig) -> Self {
        let weigh = |_: &(MovieId, u32), films: &Alike| {
            bytes::weight(size_of_val(films.as_slice()) + size_of::<(MovieId, u32)>())
        };
        let similar = Kept::new(&Limits {
            name: "similar",
            bytes: cache.recommendation_bytes,
            usual_bytes: 512,
            fresh_for: Duration::from_millis(cache.ttl_ms),
            old_for: Duration::from_millis(cache.old_ms),
            weigh,
        });
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

    fn recall(&self, request: &RecommendRequest, movie: MovieId) -> Recall {
        self.inner.recall(request, movie)
    }

    async fn rank(&self, request: RecommendRequest, movies: Vec<MovieId>) -> Result<RankedBy, RecommenderError> {
        timed(RECOMMENDING, self.inner.rank(request, movies)).await
    }

    async fn explain(&self, request: RecommendRequest, movie: MovieId) -> Result<ScoredMovie, RecommenderError> {
        timed(RECOMMENDING, self.inner.explain(request, movie)).await
    }

    async fn similar(&self, movie: MovieId, limit: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
        let ask = || {
            let inner = Arc::clone(&self.inner);
            async move { inner.similar(movie, limit).await.map(Arc::new) }
        };
        let found = self.similar.get((movie, limit), ask).await.map_err(shared)?;
        Ok(found.as_ref().clone())
    }

    async fn status(&self) -> Result<ModelStatus, RecommenderError> {
        self.inner.status().await
    }
}
