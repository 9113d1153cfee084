use async_trait::async_trait;
use matinee_domain::{Movie, MovieCard, MovieId, Timestamp, Year, search::GenreCount};

use super::{IndexedMovie, RepositoryResult};

/// A film as the sitemap lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitemapEntry {
    pub id: MovieId,
    pub title: String,
    pub year: Option<Year>,
    pub updated_at: Timestamp,
}

/// Reading the catalogue.
#[async_trait]
pub trait MovieRepository: Send + Sync {
    async fn lookup(&self, movie: MovieId) -> RepositoryResult<Option<Movie>>;
    /// Films in no order, with as few queries as one needs; those that don't exist are left out.
    async fn lookup_many(&self, movies: &[MovieId]) -> RepositoryResult<Vec<Movie>>;
    /// Cards in the order of `movies`; those that don't exist are left out. One query, whatever their number.
    async fn list_cards(&self, movies: &[MovieId]) -> RepositoryResult<Vec<MovieCard>>;
    /// Most loved first: by the mean of ratings, drawn towards the mean of all by 50 imagined ratings, so that a film
    /// with one rating of five stars doesn't lead. Only rated films.
    async fn list_popular(&self, genre: Option<&str>, limit: u32) -> RepositoryResult<Vec<MovieCard>>;
    /// Most rated first.
    async fn list_most_rated(&self, limit: u32) -> RepositoryResult<Vec<MovieCard>>;
    /// All genres, with most films first.
    async fn list_genres(&self) -> RepositoryResult<Vec<GenreCount>>;
    /// Films in order of id after `after`, as the search index takes them in.
    async fn list_for_index(&self, after: Option<MovieId>, limit: u32) -> RepositoryResult<Vec<IndexedMovie>>;
    /// Films in order of id after `after`.
    async fn list_for_sitemap(&self, after: Option<MovieId>, limit: u32) -> RepositoryResult<Vec<SitemapEntry>>;
    async fn count(&self) -> RepositoryResult<u64>;
    /// Whether the database answers.
    async fn ping(&self) -> RepositoryResult<()>;
}
