//! Repositories that tell the cache of films what was changed by them, so that people see what they did.

use std::sync::Arc;

use async_trait::async_trait;
use matinee_domain::{MovieId, MyRating, Page, Stars, Timestamp, UserId, rating::RatingFilter};
use matinee_services::ports::{Edited, FilmData, FilmEditing, RatingRepository, RepositoryResult, VersionedFilm};

use super::CachedMovies;

/// The rating repository, which tells the cache of films what changed.
pub struct ForgetfulRatings {
    pub inner: Arc<dyn RatingRepository>,
    pub cache: Arc<CachedMovies>,
}

#[async_trait]
impl RatingRepository for ForgetfulRatings {
    async fn lookup(&self, user: UserId, movie: MovieId) -> RepositoryResult<Option<Stars>> {
        self.inner.lookup(user, movie).await
    }

    async fn set(&self, user: UserId, movie: MovieId, stars: Stars, at: Timestamp) -> RepositoryResult<Option<Stars>> {
        let before = self.inner.set(user, movie, stars, at).await?;
        self.cache.forget(movie);
        Ok(before)
    }

    async fn add_many(&self, user: UserId, ratings: &[(MovieId, Stars, Timestamp)]) -> RepositoryResult<u64> {
        let added = self.inner.add_many(user, ratings).await?;
        for (movie, ..) in ratings {
            self.cache.forget(*movie);
        }
        Ok(added)
    }

    async fn remove(&self, user: UserId, movie: MovieId) -> RepositoryResult<Option<Stars>> {
        let before = self.inner.remove(user, movie).await?;
        self.cache.forget(movie);
        Ok(before)
    }

    async fn list(&self, user: UserId, filter: &RatingFilter) -> RepositoryResult<Page<MyRating>> {
        self.inner.list(user, filter).await
    }

    async fn count(&self, user: UserId) -> RepositoryResult<u64> {
        self.inner.count(user).await
    }
}

/// Editing of films that tells the cache what changed.
pub struct ForgetfulEditing {
    pub inner: Arc<dyn FilmEditing>,
    pub cache: Arc<CachedMovies>,
}

#[async_trait]
impl FilmEditing for ForgetfulEditing {
    async fn lookup_film(&self, movie: MovieId) -> RepositoryResult<Option<VersionedFilm>> {
        self.inner.lookup_film(movie).await
    }

    async fn set_film(&self, movie: MovieId, data: &FilmData, version: i64) -> RepositoryResult<Edited> {
        let edited = self.inner.set_film(movie, data, version).await?;
        self.cache.forget(movie);
        self.cache.forget_rows();
        Ok(edited)
    }
}
