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
    /// Takes in ratings from elsewhere, each of another film: those of films that the person has rated stay as they are, those of
    /// films that are not there are passed over. Returns how many were taken in.
    ///
    /// # Errors
    /// `NotFound` when the person isn't there.
    async fn add_many(&self, user: UserId, ratings: &[(MovieId, Stars, Timestamp)]) -> RepositoryResult<u64>;
    /// Returns the rating there was.
    async fn remove(&self, user: UserId, movie: MovieId) -> RepositoryResult<Option<Stars>>;
    async fn list(&self, user: UserId, filter: &RatingFilter) -> RepositoryResult<Page<MyRating>>;
    async fn count(&self, user: UserId) -> RepositoryResult<u64>;
}
