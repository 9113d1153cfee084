use async_trait::async_trait;
use matinee_domain::MovieId;

use super::{MovieFacts, RepositoryResult};

/// Which film of the catalogue a description means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilmMatch {
    One(MovieId),
    /// It could be one of these.
    Several(Vec<MovieId>),
    /// None that is known.
    None,
}

/// Finding films by what somebody says of them.
#[async_trait]
pub trait FilmMatcher: Send + Sync {
    /// For each description what it means, by the rules of [`put_described`](super::CatalogueWriter::put_described).
    /// Nothing is written.
    async fn match_films(&self, described: &[MovieFacts]) -> RepositoryResult<Vec<FilmMatch>>;
}
