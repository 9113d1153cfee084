use async_trait::async_trait;
use matinee_domain::{ExternalId, ExternalSource, MovieId, RatedElsewhere, Stars, Timestamp, Year, movie::PosterLink};

use super::RepositoryResult;

/// Names one import of one set of files, so that it can go on where it stopped and is not done twice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImportKey {
    /// What is imported and which part, such as `movielens100k/ratings`.
    pub part: String,
    /// SHA-256 of the part's bytes, in hexadecimal.
    pub fingerprint: String,
}

/// How far an import got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportProgress {
    /// Source rows that are taken in (bad ones included): the next run begins after them.
    pub rows_done: u64,
    pub finished: bool,
}

/// A film to be taken in.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedMovie {
    /// Identifies the film: the first one known to the catalogue decides which film it is. At least one.
    pub external_ids: Vec<ExternalId>,
    pub title: String,
    /// As the source wrote it.
    pub original_title: String,
    pub alternative_titles: Vec<String>,
    pub year: Option<Year>,
    pub genres: Vec<String>,
}

/// A rating to be taken in.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedRating {
    /// The data set that numbers the raters, such as `movielens100k`.
    pub dataset: &'static str,
    /// The rater's number there; the rater's `UserId` is a version 5 UUID of both, so that it is the same in every import.
    pub rater: String,
    pub movie: (ExternalSource, String),
    pub stars: Stars,
    pub at: Timestamp,
}

/// What somebody else knows of a film.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MovieFacts {
    pub title: String,
    pub alternative_titles: Vec<String>,
    pub year: Option<Year>,
    /// Most telling first.
    pub genres: Vec<String>,
    pub directors: Vec<String>,
    pub writers: Vec<String>,
    pub cast: Vec<String>,
    /// Minutes.
    pub runtime_min: Option<u16>,
    pub plot: Option<String>,
    pub poster: Option<PosterLink>,
    pub external_ids: Vec<ExternalId>,
    pub elsewhere: Option<RatedElsewhere>,
}

/// What became of a film that another catalogue describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// It is this film of the catalogue, which it completed.
    Known(MovieId),
    /// It was not in the catalogue and now is.
    New(MovieId),
    /// It could be one of these; nothing was taken in.
    Ambiguous(Vec<MovieId>),
    /// It is none of the catalogue's, and without an external id it could never be found again; nothing was taken in.
    Unnamed,
}

/// Bulk writing of the catalogue. Every call is one transaction that also keeps the import's progress, and taking the
/// same rows in again changes nothing.
#[async_trait]
pub trait CatalogueWriter: Send + Sync {
    async fn get_progress(&self, key: &ImportKey) -> RepositoryResult<ImportProgress>;
    async fn put_movies(
        &self,
        key: &ImportKey,
        movies: Vec<ImportedMovie>,
        progress: ImportProgress,
    ) -> RepositoryResult<()>;
    /// Returns the indices of ratings whose film is not in the catalogue; the others are taken in.
    async fn put_ratings(
        &self,
        key: &ImportKey,
        ratings: Vec<ImportedRating>,
        progress: ImportProgress,
    ) -> RepositoryResult<Vec<usize>>;
    /// Completes films; what a film has already stays. A film matches when its title or an alternative title is the
    /// same after folding case, accents, punctuation and articles, and its year is the same or one off; ambiguous
    /// ones count as unmatched. Returns for each whether it matched.
    async fn put_facts(
        &self,
        key: &ImportKey,
        facts: Vec<MovieFacts>,
        progress: ImportProgress,
    ) -> RepositoryResult<Vec<bool>>;
    /// Completes the films that these describe, as [`put_facts`](Self::put_facts) does, and takes in those that are new.
    /// Returns for each what became of it.
    ///
    /// A film is known by the first of its external ids that is known; where ids are not always one film's
    /// ([`ExternalSource::names_one_film`]), the title has to be the same too. Otherwise films of the same title whose
    /// year is at most one off are looked at: one that shares a person with it is meant, else the one of the nearest
    /// year that nothing speaks against (another id of the same source, or other people). Where several remain, or
    /// people speak against the only one of that year, it is ambiguous.
    async fn put_described(
        &self,
        key: &ImportKey,
        films: Vec<MovieFacts>,
        progress: ImportProgress,
    ) -> RepositoryResult<Vec<Placement>>;
    /// Adds other catalogues' numbers to films known by the first; unknown ones are passed over.
    async fn put_external_ids(
        &self,
        key: &ImportKey,
        ids: Vec<(ExternalId, Vec<ExternalId>)>,
        progress: ImportProgress,
    ) -> RepositoryResult<()>;
    /// Computes all films' rating statistics anew.
    async fn refresh_statistics(&self) -> RepositoryResult<()>;
}
