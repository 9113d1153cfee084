use async_trait::async_trait;
use matinee_domain::{MovieId, Year};

use super::RepositoryResult;

/// What editors write of a film.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilmData {
    pub title: String,
    /// As it was released, where that differs.
    pub original_title: Option<String>,
    pub year: Option<Year>,
    /// Minutes.
    pub runtime_min: Option<u16>,
    pub plot: Option<String>,
    /// English names, most telling first.
    pub genres: Vec<String>,
    /// In the order of the credits, as are writers and cast.
    pub directors: Vec<String>,
    pub writers: Vec<String>,
    pub cast: Vec<String>,
}

/// A film's data, and which version of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionedFilm {
    pub data: FilmData,
    /// Goes up with every change.
    pub version: i64,
}

/// What became of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edited {
    Done,
    /// Everything was so already.
    Same,
    /// Somebody else changed the film in the meantime; nothing was written.
    ChangedSince,
}

/// Changing a film's data by hand.
#[async_trait]
pub trait FilmEditing: Send + Sync {
    async fn lookup_film(&self, movie: MovieId) -> RepositoryResult<Option<VersionedFilm>>;
    /// Writes what differs, if the film is still of this version. People are known by their names.
    ///
    /// # Errors
    /// `NotFound` when there is no such film.
    async fn set_film(&self, movie: MovieId, data: &FilmData, version: i64) -> RepositoryResult<Edited>;
}
