//! The worker's side of the protocol.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequest, Request, State, rejection::JsonRejection},
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use matinee_services::ports::{RecommendRequest, Recommender, RecommenderError};

use crate::protocol::{
    MAX_BODY_BYTES, ModelStatus, RECOMMEND, Recommended, Refusal, SIMILAR, STATUS, Similar, SimilarRequest,
};

type Shared = Arc<dyn Recommender>;

/// All routes of a worker.
pub fn router(recommender: Shared) -> Router {
    Router::new()
        .route(RECOMMEND, post(recommend))
        .route(SIMILAR, post(similar))
        .route(STATUS, get(status))
        .route("/livez", get(async || "ok"))
        .route("/readyz", get(ready))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(recommender)
}

async fn recommend(
    State(recommender): State<Shared>,
    Body(request): Body<RecommendRequest>,
) -> Result<Json<Recommended>, Refused> {
    let most = RecommendRequest::MAX_EVENTS;
    if request.events.len() > most as usize {
        let message = format!("{} events are more than {most}", request.events.len());
        return Err(Refused(Refusal::Invalid { message }));
    }
    Ok(Json(Recommended { movies: recommender.recommend(request).await? }))
}

async fn similar(
    State(recommender): State<Shared>,
    Body(request): Body<SimilarRequest>,
) -> Result<Json<Similar>, Refused> {
    Ok(Json(Similar { movies: recommender.similar(request.movie, request.limit).await? }))
}

async fn status(State(recommender): State<Shared>) -> Result<Json<ModelStatus>, Refused> {
    Ok(Json(recommender.status().await?))
}

async fn ready(State(recommender): State<Shared>) -> Result<&'static str, Refused> {
    match recommender.status().await?.version {
        Some(_) => Ok("ok"),
        None => Err(RecommenderError::NoModel.into()),
    }
}

/// A body of JSON; what can't be read is refused in the protocol's form.
struct Body<T>(T);

impl<T, S> FromRequest<S> for Body<T>
where
    Json<T>: FromRequest<S, Rejection = JsonRejection>,
    S: Send + Sync,
{
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(Refused(Refusal::Invalid { message: rejection.body_text() })),
        }
    }
}

/// A refusal on its way out.
struct Refused(Refusal);

impl From<RecommenderError> for Refused {
    fn from(error: RecommenderError) -> Self {
        Self(Refusal::from(&error))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self.0)).into_response();
        if let Refusal::Overloaded { retry_after_ms } = self.0 {
            let seconds = retry_after_ms.div_ceil(1_000).max(1);
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
