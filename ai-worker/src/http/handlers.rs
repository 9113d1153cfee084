//! The protocol's paths: read, check, ask, answer.

#![allow(unused_qualifications, reason = "utoipa's macro qualifies the parameter types it is given")]

use std::time::{Duration, Instant};

use axum::{Json, extract::State};
use matinee_services::ports::{ModelStatus, RecommendRequest, RecommenderError, ScoredMovie};

use super::{
    Worker,
    body::{Body, Deadline, Wanted},
    refused::Refused,
};
use crate::protocol::{ExplainRequest, Problem, RankRequest, Recommended, Refusal, Similar, SimilarRequest};

/// Films for these events, best first, each with the terms of its score.
#[utoipa::path(post, path = "/v1/recommend", request_body = RecommendRequest,
    params(("x-deadline-ms" = Option<i64>, Header, minimum = 0, description = "For how long the caller still waits."),
        ("x-model" = Option<String>, Header, pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$", max_length = 100,
            description = "The model on trial that is wanted; the live one answers where it can't.")),
    responses((status = 200, body = Recommended), (status = 400, body = Problem), (status = 413, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem), (status = 504, body = Problem)))]
pub async fn recommend(
    State(worker): State<Worker>,
    deadline: Deadline,
    Wanted(model): Wanted,
    Body(request): Body<RecommendRequest>,
) -> Result<Json<Recommended>, Refused> {
    check(&request)?;
    let request = RecommendRequest { model, ..request };
    let ranked = worker.within("recommend", &deadline, worker.recommender.recommend_by(request)).await?;
    Ok(Json(Recommended { movies: ranked.movies, model: ranked.version }))
}

/// Just the films that are named, best first.
#[utoipa::path(post, path = "/v1/rank", request_body = RankRequest,
    params(("x-deadline-ms" = Option<i64>, Header, minimum = 0, description = "For how long the caller still waits."),
        ("x-model" = Option<String>, Header, pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$", max_length = 100,
            description = "The model on trial that is wanted; the live one answers where it can't.")),
    responses((status = 200, body = Recommended), (status = 400, body = Problem), (status = 413, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem), (status = 504, body = Problem)))]
pub async fn rank(
    State(worker): State<Worker>,
    deadline: Deadline,
    Wanted(model): Wanted,
    Body(RankRequest { request, movies }): Body<RankRequest>,
) -> Result<Json<Recommended>, Refused> {
    check(&request)?;
    at_most("films", movies.len(), RecommendRequest::MAX_RANKED)?;
    let request = RecommendRequest { model, ..request };
    let ranked = worker.within("rank", &deadline, worker.recommender.rank(request, movies)).await?;
    Ok(Json(Recommended { movies: ranked.movies, model: ranked.version }))
}

/// A film with every term of its score.
#[utoipa::path(post, path = "/v1/explain", request_body = ExplainRequest,
    params(("x-deadline-ms" = Option<i64>, Header, minimum = 0, description = "For how long the caller still waits."),
        ("x-model" = Option<String>, Header, pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$", max_length = 100,
            description = "The model on trial that is wanted; the live one answers where it can't.")),
    responses((status = 200, body = ScoredMovie), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem), (status = 504, body = Problem)))]
pub async fn explain(
    State(worker): State<Worker>,
    deadline: Deadline,
    Wanted(model): Wanted,
    Body(ExplainRequest { request, movie }): Body<ExplainRequest>,
) -> Result<Json<ScoredMovie>, Refused> {
    check(&request)?;
    let request = RecommendRequest { model, ..request };
    Ok(Json(worker.within("explain", &deadline, worker.recommender.explain(request, movie)).await?))
}

/// Films that the same people love, most alike first.
#[utoipa::path(post, path = "/v1/similar", request_body = SimilarRequest,
    params(("x-deadline-ms" = Option<i64>, Header, minimum = 0, description = "For how long the caller still waits.")),
    responses((status = 200, body = Similar), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem), (status = 504, body = Problem)))]
pub async fn similar(
    State(worker): State<Worker>,
    deadline: Deadline,
    Body(request): Body<SimilarRequest>,
) -> Result<Json<Similar>, Refused> {
    at_most("films asked for", request.limit as usize, RecommendRequest::MAX_LIMIT)?;
    let asked = worker.recommender.similar(request.movie, request.limit);
    Ok(Json(Similar { movies: worker.within("similar", &deadline, asked).await? }))
}

/// The model that answers.
#[utoipa::path(get, path = "/v1/status", responses((status = 200, body = ModelStatus), (status = 503, body = Problem)))]
pub async fn status(State(worker): State<Worker>) -> Result<Json<ModelStatus>, Refused> {
    Ok(Json(worker.recommender.status().await?))
}

fn check(request: &RecommendRequest) -> Result<(), Refused> {
    at_most("films asked for", request.limit as usize, RecommendRequest::MAX_LIMIT)?;
    at_most("events", request.events.len(), RecommendRequest::MAX_EVENTS)
}

pub(super) fn at_most(what: &str, count: usize, most: u32) -> Result<(), Refused> {
    if count <= most as usize {
        return Ok(());
    }
    Err(Refusal::Invalid { message: format!("{count} {what} are more than {most}") }.into())
}

impl Worker {
    /// The answer, if it comes while the caller waits; counted and timed by what was asked.
    pub(super) async fn within<T>(
        &self,
        what: &'static str,
        deadline: &Deadline,
        asked: impl Future<Output = Result<T, RecommenderError>>,
    ) -> Result<T, RecommenderError> {
        let limit = deadline.0.unwrap_or(Duration::MAX).min(self.timeout);
        let started = Instant::now();
        let too_late = || Err(RecommenderError::TimedOut(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)));
        let answer = if limit.is_zero() {
            // Nobody waits any more: nothing is begun, not even what would be ready at once.
            too_late()
        } else {
            tokio::time::timeout(limit, asked).await.unwrap_or_else(|_| too_late())
        };
        let outcome = match &answer {
            Ok(_) => "ok",
            Err(RecommenderError::Overloaded { .. }) => "overloaded",
            Err(RecommenderError::TimedOut(_)) => "timed_out",
            Err(RecommenderError::NoModel | RecommenderError::NoTextModel) => "no_model",
            Err(RecommenderError::UnknownMovie(_)) => "unknown_movie",
            Err(RecommenderError::Worker(_)) => "failed",
        };
        metrics::histogram!("matinee_ai_request_duration_seconds", "kind" => what, "outcome" => outcome)
            .record(started.elapsed().as_secs_f64());
        answer
    }
}
