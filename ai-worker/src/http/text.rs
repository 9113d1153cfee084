//! Texts: their embeddings, and films by descriptions.

#![allow(unused_qualifications, reason = "utoipa's macro qualifies the parameter types it is given")]

use axum::{Json, extract::State};
use matinee_services::ports::{Describer, RecommenderError};

use super::{
    Worker,
    body::{Body, Deadline},
    handlers::at_most,
    refused::Refused,
};
use crate::protocol::{DescribeRequest, EmbedRequest, Embeddings, Near, Problem, Refusal};

/// The meaning of texts, as vectors of length one: the nearer two are, the more alike is what they say.
#[utoipa::path(post, path = "/v1/embed", request_body = EmbedRequest,
    params(("x-deadline-ms" = Option<i64>, Header, minimum = 0, description = "For how long the caller still waits.")),
    responses((status = 200, body = Embeddings), (status = 400, body = Problem), (status = 413, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem), (status = 504, body = Problem)))]
pub async fn embed(
    State(worker): State<Worker>,
    deadline: Deadline,
    Body(EmbedRequest { texts }): Body<EmbedRequest>,
) -> Result<Json<Embeddings>, Refused> {
    at_most("texts", texts.len(), EmbedRequest::MAX_TEXTS)?;
    if texts.is_empty() {
        return Err(invalid("there is no text in `texts`".to_owned()));
    }
    if let Some(blank) = texts.iter().position(|text| text.trim().is_empty()) {
        return Err(invalid(format!("text {} of {} is blank", blank + 1, texts.len())));
    }
    let Some(engine) = &worker.text else { return Err(Refusal::NoTextModel.into()) };
    let embedded = worker.within("embed", &deadline, engine.embed(texts)).await?;
    let cut = u32::try_from(embedded.cut).unwrap_or(u32::MAX);
    Ok(Json(Embeddings { embeddings: embedded.embeddings, cut }))
}

/// Films that a description may mean, nearest first.
#[utoipa::path(post, path = "/v1/describe", request_body = DescribeRequest,
    params(("x-deadline-ms" = Option<i64>, Header, minimum = 0, description = "For how long the caller still waits.")),
    responses((status = 200, body = Near), (status = 400, body = Problem), (status = 413, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem), (status = 504, body = Problem)))]
pub async fn describe(
    State(worker): State<Worker>,
    deadline: Deadline,
    Body(DescribeRequest { text, limit }): Body<DescribeRequest>,
) -> Result<Json<Near>, Refused> {
    at_most("characters", text.chars().count(), DescribeRequest::MAX_CHARS)?;
    if text.trim().is_empty() {
        return Err(invalid("`text` is blank: say what the film is about".to_owned()));
    }
    if !(1..=DescribeRequest::MAX_LIMIT).contains(&limit) {
        return Err(invalid(format!("limit is {limit}, but must be between 1 and {}", DescribeRequest::MAX_LIMIT)));
    }
    let asked = async {
        let engine = worker.text.as_ref().ok_or(RecommenderError::NoTextModel)?;
        engine.describe(&text, limit).await
    };
    Ok(Json(Near { movies: worker.within("describe", &deadline, asked).await? }))
}

fn invalid(message: String) -> Refused {
    Refusal::Invalid { message }.into()
}
