//! The movie repository with a memory.
//!
//! A row of films keeps which they are; their cards come from the cards' own memory, so that a card is right wherever it stands.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use matinee_domain::{Movie, MovieCard, MovieId, search::GenreCount};
use matinee_services::ports::{IndexedMovie, MovieRepository, RepositoryError, RepositoryResult, SitemapEntry};

use super::{
    bytes,
    kept::{Found, Kept, Limits},
};
use crate::config::CacheConfig;

/// Rows and genres: there are few.
const ROWS_BYTES: u64 = 8 << 20;

/// A row of films: which one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum RowKey {
    Popular(Option<String>, u32),
    MostRated(u32),
}

/// The movie repository with a memory; cheap to clone.
#[derive(Clone)]
pub struct CachedMovies {
    inner: Arc<dyn MovieRepository>,
    pages: Arc<Kept<MovieId, Option<Arc<Movie>>>>,
    cards: Arc<Kept<MovieId, Arc<MovieCard>>>,
    rows: Arc<Kept<RowKey, Arc<Vec<MovieId>>>>,
    genres: Arc<Kept<(), Arc<Vec<GenreCount>>>>,
}

impl CachedMovies {
    pub fn new(inner: Arc<dyn MovieRepository>, config: &CacheConfig) -> Self {
        let (fresh_for, old_for) = (Duration::from_millis(config.ttl_ms), Duration::from_millis(config.old_ms));
        let weigh = |_: &MovieId, page: &Option<Arc<Movie>>| bytes::weight(page.as_deref().map_or(0, bytes::movie));
        let pages = Limits { name: "films", bytes: config.film_bytes, usual_bytes: 2_048, fresh_for, old_for, weigh };
        let weigh = |_: &MovieId, card: &Arc<MovieCard>| bytes::weight(bytes::card(card));
        let cards = Limits { name: "cards", bytes: config.card_bytes, usual_bytes: 384, fresh_for, old_for, weigh };
        let weigh = |_: &RowKey, row: &Arc<Vec<MovieId>>| bytes::weight(bytes::row(row));
        let rows = Limits { name: "rows", bytes: ROWS_BYTES, usual_bytes: 512, fresh_for, old_for, weigh };
        let weigh = |(): &(), genres: &Arc<Vec<GenreCount>>| bytes::weight(bytes::genres(genres));
        let genres = Limits { name: "genres", bytes: ROWS_BYTES, usual_bytes: 512, fresh_for, old_for, weigh };
        Self {
            inner,
            pages: Kept::new(&pages),
            cards: Kept::new(&cards),
            rows: Kept::new(&rows),
            genres: Kept::new(&genres),
        }
    }

    /// Drops everything.
    pub fn forget_all(&self) {
        self.forget_films();
        self.forget_rows();
    }

    /// Drops all films.
    pub fn forget_films(&self) {
        self.pages.forget_all();
        self.cards.forget_all();
    }

    /// Drops what is known of which films stand in rows.
    pub fn forget_rows(&self) {
        self.rows.forget_all();
        self.genres.forget_all();
    }

    /// Drops what is kept of a film.
    pub fn forget(&self, movie: MovieId) {
        self.pages.forget(&movie);
        self.cards.forget(&movie);
    }

    /// Films whose pages are kept: those that are asked for most.
    pub fn kept_films(&self) -> Vec<MovieId> {
        self.pages.keys()
    }

    /// Tells the measurements how much is kept.
    pub fn measure(&self) {
        self.pages.measure();
        self.cards.measure();
        self.rows.measure();
        self.genres.measure();
    }

    /// Films of a row, whose cards are kept on the way.
    async fn read_row(self, key: RowKey) -> RepositoryResult<Arc<Vec<MovieId>>> {
        let generation = self.cards.generation();
        let row = match &key {
            RowKey::Popular(genre, limit) => self.inner.list_popular(genre.as_deref(), *limit).await?,
            RowKey::MostRated(limit) => self.inner.list_most_rated(*limit).await?,
        };
        let films = row.iter().map(|card| card.id).collect();
        for card in row {
            self.cards.put(card.id, Arc::new(card), generation);
        }
        Ok(Arc::new(films))
    }

    async fn row(&self, key: RowKey) -> RepositoryResult<Vec<MovieCard>> {
        let films = self.rows.get(key.clone(), || self.clone().read_row(key.clone())).await.map_err(shared)?;
        self.list_cards(&films).await
    }

    /// Cards as the repository has them, which are kept.
    async fn read_cards(&self, movies: &[MovieId]) -> RepositoryResult<Vec<Arc<MovieCard>>> {
        let generation = self.cards.generation();
        let mut cards = Vec::with_capacity(movies.len());
        for card in self.inner.list_cards(movies).await? {
            let card = Arc::new(card);
            self.cards.put(card.id, Arc::clone(&card), generation);
            cards.push(card);
        }
        Ok(cards)
    }

    fn renew_cards(&self, movies: Vec<MovieId>) {
        let (films, wanted) = (self.clone(), movies.clone());
        self.cards.renew(movies, async move {
            if let Err(error) = films.read_cards(&wanted).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "films' cards are not read anew yet");
            }
        });
    }
}

#[async_trait]
impl MovieRepository for CachedMovies {
    async fn lookup(&self, movie: MovieId) -> RepositoryResult<Option<Movie>> {
        let read = || {
            let inner = Arc::clone(&self.inner);
            async move { inner.lookup(movie).await.map(|found| found.map(Arc::new)) }
        };
        let found = self.pages.get(movie, read).await.map_err(shared)?;
        Ok(found.map(|movie| movie.as_ref().clone()))
    }

    /// Read anew, and kept.
    async fn lookup_many(&self, movies: &[MovieId]) -> RepositoryResult<Vec<Movie>> {
        let generation = self.pages.generation();
        let found = self.inner.lookup_many(movies).await?;
        for movie in &found {
            self.pages.put(movie.card.id, Some(Arc::new(movie.clone())), generation);
        }
        Ok(found)
    }

    async fn list_cards(&self, movies: &[MovieId]) -> RepositoryResult<Vec<MovieCard>> {
        let mut found: Vec<Option<Arc<MovieCard>>> = Vec::with_capacity(movies.len());
        let (mut old, mut missing) = (Vec::new(), Vec::new());
        for movie in movies {
            found.push(match self.cards.look(movie) {
                Some(Found::Fresh(card)) => Some(card),
                Some(Found::Old(card)) => {
                    old.push(*movie);
                    Some(card)
                }
                None => {
                    missing.push(*movie);
                    None
                }
            });
        }
        if !old.is_empty() {
            self.renew_cards(old);
        }
        if !missing.is_empty() {
            for card in self.read_cards(&missing).await? {
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
        self.row(RowKey::Popular(genre.map(str::to_owned), limit)).await
    }

    async fn list_most_rated(&self, limit: u32) -> RepositoryResult<Vec<MovieCard>> {
        self.row(RowKey::MostRated(limit)).await
    }

    async fn list_genres(&self) -> RepositoryResult<Vec<GenreCount>> {
        let read = || {
            let inner = Arc::clone(&self.inner);
            async move { inner.list_genres().await.map(Arc::new) }
        };
        let genres = self.genres.get((), read).await.map_err(shared)?;
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

/// An error that several waiting callers got at once.
fn shared(error: Arc<RepositoryError>) -> RepositoryError {
    Arc::try_unwrap(error).unwrap_or_else(|error| RepositoryError::Database(Box::new(SharedError(error))))
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct SharedError(Arc<RepositoryError>);
