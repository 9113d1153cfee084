//! No recommender at all.

use async_trait::async_trait;
use matinee_domain::MovieId;
use matinee_services::ports::{
    Describer, ModelStatus, NearMovie, RankedBy, RecommendRequest, Recommender, RecommenderError, ScoredMovie,
    SimilarMovie,
};

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

    async fn rank(&self, _: RecommendRequest, _: Vec<MovieId>) -> Result<RankedBy, RecommenderError> {
        Err(self.error())
    }

    async fn explain(&self, _: RecommendRequest, _: MovieId) -> Result<ScoredMovie, RecommenderError> {
        Err(self.error())
    }

    async fn similar(&self, _: MovieId, _: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
        Err(self.error())
    }

    async fn status(&self) -> Result<ModelStatus, RecommenderError> {
        Err(self.error())
    }
}

#[async_trait]
impl Describer for NoRecommender {
    async fn describe(&self, _: &str, _: u32) -> Result<Vec<NearMovie>, RecommenderError> {
        Err(self.error())
    }
}
