//! Searching the catalogue: what can be asked, and what comes back.

use serde::{Deserialize, Serialize};

use crate::{MovieCard, Year};

/// A search as a person makes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SearchQuery {
    /// Free text; may hold a year (`alien 1979`). Empty means everything, most rated first.
    pub text: String,
    pub filter: SearchFilter,
    /// Hits left out from the beginning (at most [`SearchQuery::MAX_OFFSET`]).
    pub offset: u32,
    /// Hits at most (1–[`SearchQuery::MAX_LIMIT`]).
    pub limit: u32,
}

impl SearchQuery {
    /// The longest text that is looked at, in characters; what is beyond is cut.
    pub const MAX_CHARS: usize = 200;
    /// The most hits in one answer.
    pub const MAX_LIMIT: u32 = 100;
    /// The deepest page.
    pub const MAX_OFFSET: u32 = 10_000;
}

/// What hits must meet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SearchFilter {
    /// All of these genres.
    pub genres: Vec<String>,
    /// Not before this year.
    pub from: Option<Year>,
    /// Not after this year.
    pub to: Option<Year>,
    /// Rated this well on average, in stars.
    pub min_rating: Option<f32>,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SearchPage {
    pub movies: Vec<MovieCard>,
    /// Films that match in all.
    pub total: u64,
    /// Genres among the matches, with how many films each, most first.
    pub genres: Vec<GenreCount>,
}

/// A genre and how many films have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GenreCount {
    pub genre: String,
    pub count: u64,
}
