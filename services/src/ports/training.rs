use async_trait::async_trait;
use matinee_domain::{MovieId, Stars, Timestamp, UserId};

use super::RepositoryResult;

/// A rating as models learn from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainingRating {
    pub user: UserId,
    pub movie: MovieId,
    pub stars: Stars,
    pub at: Timestamp,
}

/// Reading all ratings, for training.
#[async_trait]
pub trait TrainingRepository: Send + Sync {
    /// Ratings in order of (user, film) after `after`, `limit` at most: pages of one scan over the key.
    async fn list_ratings(&self, after: Option<(UserId, MovieId)>, limit: u32)
    -> RepositoryResult<Vec<TrainingRating>>;
    async fn count_ratings(&self) -> RepositoryResult<u64>;
}
