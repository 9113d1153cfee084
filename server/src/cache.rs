//! What this instance keeps of the catalogue: films and rows that many people look at. Data, never rendered pages.
//!
//! A decorator of the movie repository. Entries live for a short time, and a rating given here drops its film's page at
//! once, so that people see what they did.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use matinee_domain::{
    Movie, MovieCard, MovieId, MyRating, Page, Stars, Timestamp, UserId, rating::RatingFilter, search::GenreCount,
};
use matinee_services::ports::{
    Edited, FilmData, FilmEditing, IndexedMovie, MovieRepository, RatingRepository, RepositoryError, RepositoryResult,
    SitemapEntry, VersionedFilm,
};
use moka::future::Cache;

use crate::config::CacheConfig;

/// A row of films: which one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum RowKey {
    Popular(Option<String>, u32),
    MostRated(u32),
}

/// The movie repository with a memory.
pub struct CachedMovies {
    inner: Arc<dyn MovieRepository>,
    pages: Cache<MovieId, Option<Arc<Movie>>>,
    cards: Cache<MovieId, Arc<MovieCard>>,
    rows: Cache<RowKey, Arc<Vec<MovieCard>>>,
    genres: Cache<(), Arc<Vec<GenreCount>>>,
}

impl CachedMovies {
    pub fn new(inner: Arc<dyn MovieRepository>, config: &CacheConfig) -> Self {
        let ttl = Duration::from_millis(config.ttl_ms);
        Self {
            inner,
            pages: Cache::builder().max_capacity(config.movies).time_to_live(ttl).build(),
            cards: Cache::builder().max_capacity(config.movies).time_to_live(ttl).build(),
            rows: Cache::builder().max_capacity(1_000).time_to_live(ttl).build(),
            genres: Cache::builder().max_capacity(1).time_to_live(ttl).build(),
        }
    }

    /// Drops everything.
    pub fn forget_all(&self) {
        self.pages.invalidate_all();
        self.cards.invalidate_all();
        self.forget_rows();
    }

    /// Drops rows of films, which hold cards of their own.
    pub fn forget_rows(&self) {
        self.rows.invalidate_all();
        self.genres.invalidate_all();
    }

    /// Drops what is kept of a film.
    pub async fn forget(&self, movie: MovieId) {
        self.pages.invalidate(&movie).await;
        self.cards.invalidate(&movie).await;
    }

    async fn row(
        &self,
        key: RowKey,
        read: impl Future<Output = RepositoryResult<Vec<MovieCard>>>,
    ) -> RepositoryResult<Vec<MovieCard>> {
        let row = self.rows.try_get_with(key, async { read.await.map(Arc::new) }).await.map_err(shared)?;
        Ok(row.as_ref().clone())
    }
}

/// An error that several waiting callers got at once.
fn shared(error: Arc<RepositoryError>) -> RepositoryError {
    Arc::try_unwrap(error).unwrap_or_else(|error| RepositoryError::Database(Box::new(SharedError(error))))
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct SharedError(Arc<RepositoryError>);

#[async_trait]
impl MovieRepository for CachedMovies {
    async fn lookup(&self, movie: MovieId) -> RepositoryResult<Option<Movie>> {
        let read = async { self.inner.lookup(movie).await.map(|found| found.map(Arc::new)) };
        let found = self.pages.try_get_with(movie, read).await.map_err(shared)?;
        Ok(found.map(|movie| movie.as_ref().clone()))
    }

    async fn list_cards(&self, movies: &[MovieId]) -> RepositoryResult<Vec<MovieCard>> {
        let mut found: Vec<Option<Arc<MovieCard>>> = Vec::with_capacity(movies.len());
        for movie in movies {
            found.push(self.cards.get(movie).await);
        }
        let missing: Vec<_> =
            movies.iter().zip(&found).filter(|(_, card)| card.is_none()).map(|(movie, _)| *movie).collect();
        if !missing.is_empty() {
            for card in self.inner.list_cards(&missing).await? {
                let card = Arc::new(card);
                self.cards.insert(card.id, Arc::clone(&card)).await;
                for (movie, place) in movies.iter().zip(&mut found) {
                    if *movie == card.id {
                        *place = Some(Arc::clone(&card));
                    }
                }
            }
        }
        Ok(found.into_iter().flatten().map(|card| card.as_ref().clone()).collect())
    }

    async fn list_popular(&self, genre: Option<&str>, limit: u32) -> RepositoryResult<Vec<MovieCard>> {
        let key = RowKey::Popular(genre.map(str::to_owned), limit);
        self.row(key, self.inner.list_popular(genre, limit)).await
    }

    async fn list_most_rated(&self, limit: u32) -> RepositoryResult<Vec<MovieCard>> {
        self.row(RowKey::MostRated(limit), self.inner.list_most_rated(limit)).await
    }

    async fn list_genres(&self) -> RepositoryResult<Vec<GenreCount>> {
        let read = async { self.inner.list_genres().await.map(Arc::new) };
        let genres = self.genres.try_get_with((), read).await.map_err(shared)?;
        Ok(genres.as_ref().clone())
    }

    async fn list_for_index(&self, after: Option<MovieId>, limit: u32) -> RepositoryResult<Vec<IndexedMovie>> {
        self.inner.list_for_index(after, limit).await
    }

    async fn list_for_sitemap(&self, after: Option<MovieId>, limit: u32) -> RepositoryResult<Vec<SitemapEntry>> {
        self.inner.list_for_sitemap(after, limit).await
    }

    async fn count(&self) -> RepositoryResult<u64> {
        self.inner.count().await
    }

    async fn ping(&self) -> RepositoryResult<()> {
        self.inner.ping().await
    }
}

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
        self.cache.forget(movie).await;
        Ok(before)
    }

    async fn remove(&self, user: UserId, movie: MovieId) -> RepositoryResult<Option<Stars>> {
        let before = self.inner.remove(user, movie).await?;
        self.cache.forget(movie).await;
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
        self.cache.forget(movie).await;
        self.cache.forget_rows();
        Ok(edited)
    }
}
