use async_trait::async_trait;
use matinee_domain::{Event, MovieId, PredictedStars, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Shard;

/// Whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    pub id: UserId,
    /// Tells apart all that the person ever said of films: a list that was made when it was another is no longer as good.
    pub opinions: u64,
}

/// What a person did, and what is wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecommendRequest {
    /// At most [`RecommendRequest::MAX_EVENTS`]; those of films the model doesn't know are passed over.
    #[cfg_attr(feature = "openapi", schema(max_items = 500))]
    pub events: Vec<Event>,
    /// Films that must not be in the answer, beside those of `events` that were rated.
    pub hidden: Vec<MovieId>,
    /// 1–[`RecommendRequest::MAX_LIMIT`]; of what does not go by it, anything.
    #[cfg_attr(feature = "openapi", schema(maximum = 200))]
    #[serde(deserialize_with = "matinee_domain::whole")]
    pub limit: u32,
    /// For the age of events.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub now: Timestamp,
    /// Whose request it is, for what this process keeps by person; workers are never told.
    #[serde(skip)]
    pub person: Option<Asker>,
    /// The version of the model that is wanted, where that is one on trial; the live one answers wherever it can't.
    #[serde(skip)]
    pub model: Option<String>,
    /// Whether the stars that the person would give each film are wanted too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stars: bool,
    /// Whether films are wanted that the person may rate next, by the order of what they rated, in place of those by their taste. A model
    /// that can't tell, or of who liked nothing lately, has none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub next: bool,
}

impl RecommendRequest {
    /// The most events that one request may bring.
    pub const MAX_EVENTS: u32 = 500;
    /// The most films that one request may ask for.
    pub const MAX_LIMIT: u32 = 400;
    /// The most films that one request may have ranked.
    pub const MAX_RANKED: u32 = 1_000;
}

/// A film with its score, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoredMovie {
    pub movie: MovieId,
    pub score: f32,
    /// The terms whose sum is `score`: the largest positive ones, largest first, five at most; all of them where one asked
    /// to have it explained.
    pub terms: Vec<ScoreTerm>,
    /// What the person would give it, where that was asked for and the model has a head that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stars: Option<PredictedStars>,
}

/// What is remembered of a film on a person's list.
#[derive(Clone, Debug, PartialEq)]
pub enum Recall {
    /// No list is kept that is as good as a new one.
    NoList,
    /// The film is not among so many as were asked for.
    NotAmong,
    Film(ScoredMovie),
}

/// Films, best first, and whose ranking it is.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedBy {
    pub movies: Vec<ScoredMovie>,
    /// The model's version; `None` where it is not known, as of popular films.
    pub version: Option<String>,
}

impl RankedBy {
    /// The model on trial that was wanted, if it has answered; the live one did otherwise.
    pub fn on_trial<'w>(&self, wanted: Option<&'w String>) -> Option<&'w String> {
        wanted.filter(|wanted| self.version.as_ref() == Some(*wanted))
    }
}

/// One term of a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoreTerm {
    pub source: TermSource,
    /// What it adds to the score.
    pub value: f32,
    /// Its part of the sum of all positive terms (shown or not), 0–1; 0 for one that counts against the film.
    pub share: f32,
}

/// Where a term comes from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TermSource {
    /// One of the request's events.
    Event(Event),
    /// The popularity prior.
    Popularity,
}

/// A film like another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SimilarMovie {
    pub movie: MovieId,
    /// Likeness, 0–1.
    pub score: f32,
}

/// The model that answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelStatus {
    /// The model's version, `None` where there is none yet.
    pub version: Option<String>,
    /// Films it knows.
    pub movies: u32,
    /// The model that scores beside it, unseen, if one does.
    #[serde(default)]
    pub shadow: Option<ShadowReport>,
    /// The version that answers those who are in its trial, if there is one.
    #[serde(default)]
    pub on_trial: Option<String>,
    /// The part of the films that it ranks, where it is not all of them.
    #[serde(default)]
    pub shard: Option<Shard>,
}

/// How far a model that scores beside the live one agrees with it, since it began to, in the process that answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShadowReport {
    pub version: String,
    /// Requests that it scored as well.
    pub scored: u64,
    /// Requests that were to be, but too many waited.
    pub dropped: u64,
    /// Requests that it could not score.
    pub failed: u64,
    /// The part of the live model's first ten films that are among its own, 0–1, on average.
    pub overlap_at_10: Option<f64>,
    /// Spearman's correlation of the two orders, −1 to 1, on average.
    pub rank_correlation: Option<f64>,
}

/// Why there is no recommendation.
#[derive(Debug, Error)]
pub enum RecommenderError {
    #[error("no model is loaded")]
    NoModel,
    /// There is no language model, so films can't be found by what they are about.
    #[error("no language model is installed")]
    NoTextModel,
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
    /// The same, and whose ranking it is, for requests that want a model on trial.
    async fn recommend_by(&self, request: RecommendRequest) -> Result<RankedBy, RecommenderError> {
        Ok(RankedBy { movies: self.recommend(request).await?, version: None })
    }
    /// What the person's last list tells of a film. Of the request's events only ratings count: films that they merely looked at since
    /// need not be in that list yet.
    fn recall(&self, _request: &RecommendRequest, _movie: MovieId) -> Recall {
        Recall::NoList
    }
    /// Just these films ([`RecommendRequest::MAX_RANKED`] at most), best first, hidden or not; the request's limit does not
    /// count. Those that the model doesn't know are left out. Whose ranking it is says whether it may be put beside another one.
    async fn rank(&self, request: RecommendRequest, movies: Vec<MovieId>) -> Result<RankedBy, RecommenderError>;
    /// One film with every term of its score, also those that count against it, the weightiest first.
    async fn explain(&self, request: RecommendRequest, movie: MovieId) -> Result<ScoredMovie, RecommenderError>;
    /// Films that the same people love, most alike first.
    async fn similar(&self, movie: MovieId, limit: u32) -> Result<Vec<SimilarMovie>, RecommenderError>;
    async fn status(&self) -> Result<ModelStatus, RecommenderError>;
}
