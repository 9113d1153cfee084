//! What web instance and AI worker say to each other: JSON over HTTP, the port's own types inside.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `POST /v1/recommend` | [`RecommendRequest`] | [`Recommended`] |
//! | `POST /v1/similar` | [`SimilarRequest`] | [`Similar`] |
//! | `POST /v1/rank` | [`RankRequest`] | [`Recommended`] |
//! | `POST /v1/explain` | [`ExplainRequest`] | [`ScoredMovie`] |
//! | `POST /v1/embed` | [`EmbedRequest`] | [`Embeddings`] |
//! | `POST /v1/describe` | [`DescribeRequest`] | [`Near`] |
//! | `GET /v1/status` | | [`ModelStatus`] |
//!
//! A worker that ranks but a part of the films says which in [`SHARD`] with every answer.
//!
//! Everything else than 200 is a [`Problem`] (RFC 9457) with a [`Refusal`] in it. A full queue is 429 with `Retry-After`. A
//! request may say in [`DEADLINE`] how many milliseconds its caller still waits, and in [`MODEL`] which model on trial it wants.

use matinee_domain::MovieId;
pub use matinee_services::ports::{
    ModelStatus, NearMovie, RecommendRequest, RecommenderError, ScoredMovie, SimilarMovie,
};
use serde::{Deserialize, Serialize};

pub const RECOMMEND: &str = "/v1/recommend";
pub const SIMILAR: &str = "/v1/similar";
pub const RANK: &str = "/v1/rank";
pub const EXPLAIN: &str = "/v1/explain";
pub const EMBED: &str = "/v1/embed";
pub const DESCRIBE: &str = "/v1/describe";
pub const STATUS: &str = "/v1/status";

/// The header that says for how many milliseconds more the caller waits.
pub const DEADLINE: &str = "x-deadline-ms";

/// The header that names the model on trial that a request wants. Where it is not the one, or fails, the live model answers.
pub const MODEL: &str = "x-model";

/// The header of every answer of a worker that ranks but a part of the films: which one, as `2/3`.
pub const SHARD: &str = "x-shard";

/// The most bytes that a request's body may have.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// Answer of [`RECOMMEND`], best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(utoipa::ToSchema))]
pub struct Recommended {
    pub movies: Vec<ScoredMovie>,
    /// The version of the model whose ranking it is; the live one's where the wanted one could not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Body of [`SIMILAR`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(utoipa::ToSchema))]
pub struct SimilarRequest {
    pub movie: MovieId,
    /// [`RecommendRequest::MAX_LIMIT`] at most.
    #[cfg_attr(feature = "cli", schema(maximum = 400))]
    #[serde(deserialize_with = "matinee_domain::whole")]
    pub limit: u32,
}

/// Answer of [`SIMILAR`], most alike first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(utoipa::ToSchema))]
pub struct Similar {
    pub movies: Vec<SimilarMovie>,
}

/// Body of [`RANK`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(utoipa::ToSchema))]
pub struct RankRequest {
    /// Who asks, by their events; its limit and hidden films do not count.
    pub request: RecommendRequest,
    /// The films to rank, [`RecommendRequest::MAX_RANKED`] at most.
    #[cfg_attr(feature = "cli", schema(max_items = 1000))]
    pub movies: Vec<MovieId>,
}

/// Body of [`EXPLAIN`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(utoipa::ToSchema))]
pub struct ExplainRequest {
    /// Who asks, by their events; its limit and hidden films do not count.
    pub request: RecommendRequest,
    pub movie: MovieId,
}

/// Body of [`EMBED`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(utoipa::ToSchema))]
pub struct EmbedRequest {
    /// [`EmbedRequest::MAX_TEXTS`] at most, none of them blank.
    #[cfg_attr(feature = "cli", schema(value_type = Vec<Text>, min_items = 1, max_items = 64))]
    pub texts: Vec<String>,
}

/// One that is not blank, for the document of the API.
#[cfg(feature = "cli")]
#[derive(utoipa::ToSchema)]
#[schema(pattern = r"\S")]
pub struct Text(#[expect(dead_code, reason = "only its schema is asked for")] String);

impl EmbedRequest {
    pub const MAX_TEXTS: u32 = 64;
}

/// Answer of [`EMBED`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(utoipa::ToSchema))]
pub struct Embeddings {
    /// One of length one for each text.
    pub embeddings: Vec<Vec<f32>>,
    /// Texts whose end did not fit into what the model reads at once.
    pub cut: u32,
}

/// Body of [`DESCRIBE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(utoipa::ToSchema))]
pub struct DescribeRequest {
    /// What the film is about, in any words. [`DescribeRequest::MAX_CHARS`] at most.
    #[cfg_attr(feature = "cli", schema(max_length = 2000, pattern = r"\S"))]
    pub text: String,
    /// 1–[`DescribeRequest::MAX_LIMIT`].
    #[cfg_attr(feature = "cli", schema(minimum = 1, maximum = 1000))]
    #[serde(deserialize_with = "matinee_domain::whole")]
    pub limit: u32,
}

impl DescribeRequest {
    pub const MAX_CHARS: u32 = 2_000;
    pub const MAX_LIMIT: u32 = 1_000;
}

/// Answer of [`DESCRIBE`], nearest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(utoipa::ToSchema))]
pub struct Near {
    pub movies: Vec<NearMovie>,
}

/// What everything else than 200 carries, as `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A stable name of the kind of problem: `urn:matinee:problem:overloaded`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and what to do.
    pub detail: String,
    #[serde(flatten)]
    pub refusal: Refusal,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (name, title) = refusal.title();
        let detail = refusal.detail();
        let kind = format!("urn:matinee:problem:{name}");
        Self { kind, title: title.to_owned(), status: refusal.status(), detail, refusal }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(utoipa::ToSchema))]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Refusal {
    NoModel,
    NoTextModel,
    UnknownMovie { movie: MovieId },
    Overloaded { retry_after_ms: u64 },
    TimedOut { after_ms: u64 },
    Invalid { message: String },
    TooLarge { most_bytes: u64 },
    Stopping,
    Failed { message: String },
}

impl Refusal {
    /// The HTTP status that goes with it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::NoModel | Self::NoTextModel | Self::Stopping => 503,
            Self::UnknownMovie { .. } => 404,
            Self::Overloaded { .. } => 429,
            Self::TimedOut { .. } => 504,
            Self::Invalid { .. } => 400,
            Self::TooLarge { .. } => 413,
            Self::Failed { .. } => 500,
        }
    }

    /// The name of its kind, and the kind in words.
    const fn title(&self) -> (&'static str, &'static str) {
        match self {
            Self::NoModel => ("no-model", "There is no model"),
            Self::NoTextModel => ("no-text-model", "There is no language model"),
            Self::UnknownMovie { .. } => ("not-found", "The model does not know this film"),
            Self::Overloaded { .. } => ("overloaded", "Too much at once"),
            Self::TimedOut { .. } => ("timed-out", "It took too long"),
            Self::Invalid { .. } => ("bad-request", "The request can't be read"),
            Self::TooLarge { .. } => ("too-large", "The request is too large"),
            Self::Stopping => ("stopping", "This worker is stopping"),
            Self::Failed { .. } => ("internal", "The model could not be run"),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::NoModel => "train a model (matinee train); it is taken when it appears".to_owned(),
            Self::NoTextModel => "install one (matinee-ai text-model); it is taken when it appears".to_owned(),
            Self::UnknownMovie { movie } => format!("film {movie} is not in the model's item map"),
            Self::Overloaded { retry_after_ms } => {
                format!("the queue is full; ask another worker, or this one in about {retry_after_ms} ms")
            }
            Self::TimedOut { after_ms } => format!("no answer within {after_ms} ms"),
            Self::Invalid { message } | Self::Failed { message } => message.clone(),
            Self::TooLarge { most_bytes } => format!("a body may have {most_bytes} bytes"),
            Self::Stopping => "ask another worker".to_owned(),
        }
    }

    /// Whether another worker may answer what this one refused.
    pub const fn is_worth_another_worker(&self) -> bool {
        !matches!(self, Self::UnknownMovie { .. } | Self::Invalid { .. } | Self::TooLarge { .. })
    }
}

impl From<&RecommenderError> for Refusal {
    fn from(error: &RecommenderError) -> Self {
        match error {
            RecommenderError::NoModel => Self::NoModel,
            RecommenderError::NoTextModel => Self::NoTextModel,
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
            Refusal::NoTextModel => Self::NoTextModel,
            Refusal::UnknownMovie { movie } => Self::UnknownMovie(movie),
            Refusal::Overloaded { retry_after_ms } => Self::Overloaded { retry_after_ms },
            Refusal::TimedOut { after_ms } => Self::TimedOut(after_ms),
            Refusal::Invalid { message } | Refusal::Failed { message } => Self::Worker(message.into()),
            Refusal::TooLarge { .. } | Refusal::Stopping => Self::Worker(refusal.detail().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_speak_of_stars_yet_is_understood_and_is_told_nothing_of_them() {
        let request = serde_json::json!({ "events": [], "hidden": [], "limit": 3, "now": "2025-01-01T00:00:00Z" });
        let request: RecommendRequest = serde_json::from_value(request).unwrap();
        assert!(!request.stars && !serde_json::to_string(&request).unwrap().contains("stars"));
        let film = ScoredMovie { movie: MovieId(uuid::Uuid::nil()), score: 1.0, terms: Vec::new(), stars: None };
        let json = serde_json::to_string(&film).unwrap();
        assert!(!json.contains("stars"), "{json}");
        assert_eq!(serde_json::from_str::<ScoredMovie>(&json).unwrap(), film);
    }

    #[test]
    fn a_refusal_survives_the_wire() {
        let refusals = [
            RecommenderError::NoModel,
            RecommenderError::NoTextModel,
            RecommenderError::UnknownMovie(MovieId(uuid::Uuid::from_u128(7))),
            RecommenderError::Overloaded { retry_after_ms: 40 },
            RecommenderError::TimedOut(900),
            RecommenderError::Worker("broken".into()),
        ];
        for error in refusals {
            let json = serde_json::to_string(&Problem::from(Refusal::from(&error))).unwrap();
            let back: Refusal = serde_json::from_str(&json).unwrap();
            assert_eq!(RecommenderError::from(back).to_string(), error.to_string());
        }
    }
}
