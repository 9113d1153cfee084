use async_trait::async_trait;
use matinee_domain::{MovieId, MyRating, Page, Stars, Timestamp, UserId, rating::RatingFilter};

use super::RepositoryResult;

/// People's ratings. A film's rating statistics and histogram change in the same transaction.
#[async_trait]
pub trait RatingRepository: Send + Sync {
    async fn lookup(&self, user: UserId, movie: MovieId) -> RepositoryResult<Option<Stars>>;
    /// Rates or rates again; returns the rating there was.
    ///
    /// # Errors
    /// `NotFound` when the film or the person isn't there.
    async fn set(&self, user: UserId, movie: MovieId, stars: Stars, at: Timestamp) -> RepositoryResult<Option<Stars>>;
    /// Returns the rating there was.
    async fn remove(&self, user: UserId, movie: MovieId) -> RepositoryResult<Option<Stars>>;
    async fn list(&self, user: UserId, filter: &RatingFilter) -> RepositoryResult<Page<MyRating>>;
    async fn count(&self, user: UserId) -> RepositoryResult<u64>;
}
