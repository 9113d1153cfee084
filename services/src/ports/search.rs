use async_trait::async_trait;
use matinee_domain::{MovieId, SearchQuery, Year, search::GenreCount};
use thiserror::Error;

/// A film as the search index knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexedMovie {
    pub id: MovieId,
    pub title: String,
    pub alternative_titles: Vec<String>,
    /// Names in the credits.
    pub people: Vec<String>,
    pub genres: Vec<String>,
    /// What happens in it.
    pub plot: Option<String>,
    pub year: Option<Year>,
    pub rating_count: u32,
    /// People who rated it elsewhere.
    pub votes_elsewhere: u32,
    /// Mean in stars, 0 where there are no ratings.
    pub rating_mean: f32,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchHits {
    /// Best first.
    pub movies: Vec<MovieId>,
    /// Films that match in all.
    pub total: u64,
    pub genres: Vec<GenreCount>,
    /// Whether the films have every word of the query; without, they have as many of them as any film has.
    pub have_all_words: bool,
}

/// Why the index did not answer.
#[derive(Debug, Error)]
pub enum SearchError {
    #[error("search index: {0}")]
    Index(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the search took longer than {0} ms")]
    TimedOut(u64),
}

/// Full-text search over the catalogue.
#[async_trait]
pub trait SearchIndex: Send + Sync {
    async fn search(&self, query: &SearchQuery) -> Result<SearchHits, SearchError>;
    /// Films in whose plot, title, people and genres the words of a description stand, those with the rarest first (BM25);
    /// any of the words is enough. Only films with a plot.
    async fn search_stories(&self, text: &str, limit: u32) -> Result<Vec<MovieId>, SearchError>;
    /// Takes films in, in place of what was there of the same ids. Visible to searches when it returns.
    async fn put(&self, movies: Vec<IndexedMovie>) -> Result<(), SearchError>;
    /// Lets films go; those that aren't there are no error. Visible to searches when it returns.
    async fn remove(&self, movies: &[MovieId]) -> Result<(), SearchError>;
    /// Films in the index.
    async fn count(&self) -> Result<u64, SearchError>;
}
