//! The history of searching: weak signals that a person can see, clear and switch off.

use serde::{Deserialize, Serialize};

use crate::{MovieCard, Timestamp};

/// One entry of the history, latest first in lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityEntry {
    /// What was searched, where a search led here.
    pub query: Option<String>,
    pub movie: MovieCard,
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    #[serde(with = "crate::moment")]
    pub at: Timestamp,
}

/// What a person said of a film beside rating it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Don't recommend this film again.
    NotInterested,
    /// Don't recommend because of this film.
    NotBecause,
}

impl Mark {
    /// The name in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotInterested => "not_interested",
            Self::NotBecause => "not_because",
        }
    }

    /// The mark of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::NotInterested, Self::NotBecause].into_iter().find(|mark| mark.as_str() == name)
    }
}
