//! What web instance and AI worker say to each other: JSON over HTTP, the port's own types inside.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `POST /v1/recommend` | [`RecommendRequest`] | [`Recommended`] |
//! | `POST /v1/similar` | [`SimilarRequest`] | [`Similar`] |
//! | `GET /v1/status` | | [`ModelStatus`] |
//!
//! Everything else than 200 carries a [`Refusal`]. A full queue is 429 with `Retry-After`.

use matinee_domain::MovieId;
pub use matinee_services::ports::{ModelStatus, RecommendRequest, RecommenderError, ScoredMovie, SimilarMovie};
use serde::{Deserialize, Serialize};

pub const RECOMMEND: &str = "/v1/recommend";
pub const SIMILAR: &str = "/v1/similar";
pub const STATUS: &str = "/v1/status";

/// The most bytes that a request's body may have.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// Answer of [`RECOMMEND`], best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recommended {
    pub movies: Vec<ScoredMovie>,
}

/// Body of [`SIMILAR`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimilarRequest {
    pub movie: MovieId,
    pub limit: u32,
}

/// Answer of [`SIMILAR`], most alike first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Similar {
    pub movies: Vec<SimilarMovie>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Refusal {
    NoModel,
    UnknownMovie { movie: MovieId },
    Overloaded { retry_after_ms: u64 },
    TimedOut { after_ms: u64 },
    Invalid { message: String },
    Failed { message: String },
}

impl Refusal {
    /// The HTTP status that goes with it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::NoModel => 503,
            Self::UnknownMovie { .. } => 404,
            Self::Overloaded { .. } => 429,
            Self::TimedOut { .. } => 504,
            Self::Invalid { .. } => 400,
            Self::Failed { .. } => 500,
        }
    }

    /// Whether another worker may answer what this one refused.
    pub const fn is_worth_another_worker(&self) -> bool {
        !matches!(self, Self::UnknownMovie { .. } | Self::Invalid { .. })
    }
}

impl From<&RecommenderError> for Refusal {
    fn from(error: &RecommenderError) -> Self {
        match error {
            RecommenderError::NoModel => Self::NoModel,
            RecommenderError::UnknownMovie(movie) => Self::UnknownMovie { movie: *movie },
            RecommenderError::Overloaded { retry_after_ms } => Self::Overloaded { retry_after_ms: *retry_after_ms },
            RecommenderError::TimedOut(after_ms) => Self::TimedOut { after_ms: *after_ms },
            RecommenderError::Worker(source) => Self::Failed { message: source.to_string() },
        }
    }
}

impl From<Refusal> for RecommenderError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoModel => Self::NoModel,
            Refusal::UnknownMovie { movie } => Self::UnknownMovie(movie),
            Refusal::Overloaded { retry_after_ms } => Self::Overloaded { retry_after_ms },
            Refusal::TimedOut { after_ms } => Self::TimedOut(after_ms),
            Refusal::Invalid { message } | Refusal::Failed { message } => Self::Worker(message.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_survives_the_wire() {
        let refusals = [
            RecommenderError::NoModel,
            RecommenderError::UnknownMovie(MovieId(uuid::Uuid::from_u128(7))),
            RecommenderError::Overloaded { retry_after_ms: 40 },
            RecommenderError::TimedOut(900),
            RecommenderError::Worker("broken".into()),
        ];
        for error in refusals {
            let json = serde_json::to_string(&Refusal::from(&error)).unwrap();
            let back: Refusal = serde_json::from_str(&json).unwrap();
            assert_eq!(RecommenderError::from(back).to_string(), error.to_string());
        }
    }
}
