//! Ratings: one's own, and the histogram of everybody's.

use serde::{Deserialize, Serialize};

use crate::{MovieCard, Stars, Timestamp};

/// How many people gave each rating: index 0 is ½ star, index 9 is 5 stars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Histogram(pub [u32; 10]);

/// One of my ratings, with its film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MyRating {
    pub movie: MovieCard,
    pub stars: Stars,
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    #[serde(with = "crate::moment")]
    pub rated_at: Timestamp,
}

/// How my ratings are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RatingSort {
    /// Latest rated first.
    #[default]
    Recent,
    /// Most stars first.
    Highest,
    /// Fewest stars first.
    Lowest,
    /// By title.
    Title,
    /// Newest film first.
    Year,
}

/// Which of my ratings, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RatingFilter {
    pub sort: RatingSort,
    /// Only films whose title holds this, whatever the case.
    pub title: Option<String>,
    /// Only with exactly these stars.
    pub stars: Option<Stars>,
    /// Items left out from the beginning.
    pub offset: u32,
    /// Items at most (1–100).
    pub limit: u32,
}
