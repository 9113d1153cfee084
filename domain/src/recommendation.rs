//! Recommendations and their reasons. A reason is a term of the score itself, not a story told afterwards.

use serde::{Deserialize, Serialize};

use crate::{MovieCard, MovieId, Stars};

/// A film to watch, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recommendation {
    pub movie: MovieCard,
    /// The model's score; only its order means something.
    pub score: f32,
    /// Largest share first.
    pub reasons: Vec<Reason>,
    /// What I would give it, where a model says so; never of somebody who has rated nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted: Option<PredictedStars>,
}

/// What somebody would give a film, in stars, 0.5–5.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PredictedStars {
    pub stars: f32,
    /// Four times out of five it is not below this.
    pub low: f32,
    /// Nor above this.
    pub high: f32,
}

impl PredictedStars {
    /// The nearest rating, and the ratings that hold the interval: the lower end rounded down, the upper one up.
    pub fn ratings(self) -> [Stars; 3] {
        [(self.stars * 2.0).round(), (self.low * 2.0).floor(), (self.high * 2.0).ceil()].map(Stars::clamped)
    }
}

/// One term of a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    pub kind: ReasonKind,
    /// The film that the term comes from, for all kinds that have one.
    pub movie: Option<ReasonMovie>,
    /// My rating of that film, for `rated`.
    pub stars: Option<Stars>,
    /// The term's part of the sum of all positive terms, 0–1.
    pub share: f32,
}

/// A film as far as a reason names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReasonMovie {
    pub id: MovieId,
    pub title: String,
    /// The film page's path.
    pub path: String,
}

/// Where a term of a score comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// I rated a film.
    Rated,
    /// I searched for a film and opened it.
    Searched,
    /// I looked at a film's page.
    Viewed,
    /// Many people rate it highly.
    Popular,
}

/// Who ranked the films.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecommendationSource {
    /// The model, from the person's events.
    Model,
    /// Popular films: there are no events, or no AI worker answered.
    Popular,
}

/// Films to watch next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recommendations {
    /// Best first.
    #[serde(rename = "recommendations")]
    pub items: Vec<Recommendation>,
    pub source: RecommendationSource,
}

/// A film that the same people love as another, and what else the two share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Similar {
    pub movie: MovieCard,
    /// How alike those who love the one and the other are, 0–1.
    pub likeness: f32,
    /// Genres of both.
    pub shared_genres: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_told_by_ratings_that_hold_it() {
        let ratings = |stars, low, high| PredictedStars { stars, low, high }.ratings().map(Stars::half_stars);
        assert_eq!(ratings(3.8, 2.9, 4.6), [8, 5, 10]);
        assert_eq!(ratings(5.0, 4.0, 5.0), [10, 8, 10]);
        assert_eq!(ratings(0.5, 0.499, 0.5), [1, 1, 1]);
    }
}
