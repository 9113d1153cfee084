//! The home page: rows of films.

use serde::{Deserialize, Serialize};

use crate::{MovieCard, Recommendation, RecommendationSource, recommendation::ReasonMovie};

/// The home page's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Home {
    pub rows: Vec<HomeRow>,
    /// Who ranked the rows that are the person's own; `Popular` for visitors.
    pub source: RecommendationSource,
    /// How many films the person has rated; 0 for visitors.
    pub rated: u64,
    /// Films to ask a new account about; empty for visitors and for those who rated enough.
    pub ask: Vec<MovieCard>,
}

impl Home {
    /// A new account is asked to rate this many films.
    pub const ENOUGH_RATINGS: u64 = 5;
    /// Films at the beginning of a row: as many as the widest page shows, and one or two beyond.
    pub const BEGINNING: usize = 8;
}

/// A row of films, or its beginning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HomeRow {
    pub title: RowTitle,
    /// Films with their reasons; none in rows that are the same for everybody.
    pub items: Vec<Recommendation>,
}

/// What a row is, and so why its films are in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowTitle {
    /// The best recommendations.
    ForYou,
    /// What people rate after what the person rated lately.
    Next,
    /// Recommendations whose largest reason is this film.
    Because { movie: ReasonMovie },
    /// Recommendations of this genre.
    ForYouGenre { genre: String },
    /// What people rate highest.
    Loved,
    /// What most people rated.
    MostRated,
    /// What people rate highest in a genre.
    Genre { genre: String },
}

impl RowTitle {
    /// What tells the row from the others in an address.
    pub fn key(&self) -> String {
        match self {
            Self::ForYou => "for-you".to_owned(),
            Self::Next => "next".to_owned(),
            Self::Because { movie } => format!("because-{}", movie.id),
            Self::ForYouGenre { genre } => format!("for-you-{genre}"),
            Self::Loved => "loved".to_owned(),
            Self::MostRated => "most-rated".to_owned(),
            Self::Genre { genre } => format!("genre-{genre}"),
        }
    }
}
