use async_trait::async_trait;
use matinee_domain::{Event, MovieId, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a person did, and what is wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecommendRequest {
    /// At most [`RecommendRequest::MAX_EVENTS`]; those of films the model doesn't know are passed over.
    pub events: Vec<Event>,
    /// Films that must not be in the answer, beside those of `events` that were rated.
    pub hidden: Vec<MovieId>,
    /// 1–[`RecommendRequest::MAX_LIMIT`].
    pub limit: u32,
    /// For the age of events.
    pub now: Timestamp,
}

impl RecommendRequest {
    /// The most events that one request may bring.
    pub const MAX_EVENTS: u32 = 500;
    /// The most films that one request may ask for.
    pub const MAX_LIMIT: u32 = 200;
}

/// A film with its score, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredMovie {
    pub movie: MovieId,
    pub score: f32,
    /// The terms whose sum is `score`: the largest positive ones, largest first, five at most.
    pub terms: Vec<ScoreTerm>,
}

/// One term of a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreTerm {
    pub source: TermSource,
    /// What it adds to the score.
    pub value: f32,
    /// Its part of the sum of all positive terms (shown or not), 0–1.
    pub share: f32,
}

/// Where a term comes from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermSource {
    /// One of the request's events.
    Event(Event),
    /// The popularity prior.
    Popularity,
}

/// A film like another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimilarMovie {
    pub movie: MovieId,
    /// Likeness, 0–1.
    pub score: f32,
}

/// The model that answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelStatus {
    /// The model's version, `None` where there is none yet.
    pub version: Option<String>,
    /// Films it knows.
    pub movies: u32,
}

/// Why there is no recommendation.
#[derive(Debug, Error)]
pub enum RecommenderError {
    #[error("no model is loaded")]
    NoModel,
    /// The film is not one that the model knows.
    #[error("the model does not know film {0}")]
    UnknownMovie(MovieId),
    /// The queue is full.
    #[error("all AI workers are busy; free again in about {retry_after_ms} ms")]
    Overloaded { retry_after_ms: u64 },
    #[error("no AI worker answered within {0} ms")]
    TimedOut(u64),
    #[error("AI worker: {0}")]
    Worker(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Ranking of films for a person; stateless: all it is told of the person is in the request.
#[async_trait]
pub trait Recommender: Send + Sync {
    async fn recommend(&self, request: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError>;
    /// Films that the same people love, most alike first.
    async fn similar(&self, movie: MovieId, limit: u32) -> Result<Vec<SimilarMovie>, RecommenderError>;
    async fn status(&self) -> Result<ModelStatus, RecommenderError>;
}
