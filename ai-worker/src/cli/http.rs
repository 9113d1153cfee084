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

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use matinee_domain::{MovieId, Timestamp};
    use matinee_services::ports::{ScoreTerm, ScoredMovie, SimilarMovie, TermSource};
    use tokio::net::TcpListener;

    use super::*;
    use crate::pool::{PoolOptions, RemoteRecommender};

    /// Answers every request in one way.
    struct Fake(Option<Refusal>);

    impl Fake {
        fn answer<T>(&self, answer: T) -> Result<T, RecommenderError> {
            self.0.clone().map_or(Ok(answer), |refusal| Err(refusal.into()))
        }
    }

    fn film(number: u128) -> MovieId {
        MovieId(uuid::Uuid::from_u128(number))
    }

    #[async_trait]
    impl Recommender for Fake {
        async fn recommend(&self, request: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
            let terms = vec![ScoreTerm { source: TermSource::Popularity, value: 0.5, share: 1.0 }];
            self.answer(vec![ScoredMovie { movie: film(request.limit.into()), score: 0.5, terms }])
        }

        async fn similar(&self, movie: MovieId, _: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
            self.answer(vec![SimilarMovie { movie, score: 0.25 }])
        }

        async fn status(&self) -> Result<ModelStatus, RecommenderError> {
            self.answer(ModelStatus { version: Some("v".to_owned()), movies: 3 })
        }
    }

    async fn start(refusal: Option<Refusal>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router(Arc::new(Fake(refusal)))).await });
        format!("http://{address}")
    }

    /// An address where nobody listens.
    async fn nowhere() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    fn pool(addresses: &[String]) -> RemoteRecommender {
        RemoteRecommender::new(addresses, PoolOptions::default()).unwrap()
    }

    fn request(events: usize) -> RecommendRequest {
        let now = Timestamp::from_timestamp(1_700_000_000, 0).unwrap();
        let event = matinee_domain::Event { movie: film(1), kind: matinee_domain::EventKind::Viewed, at: now };
        RecommendRequest { events: vec![event; events], hidden: vec![film(2)], limit: 7, now }
    }

    #[tokio::test]
    async fn a_pool_gives_what_the_worker_answers() {
        let pool = pool(&[start(None).await]);
        let scored = pool.recommend(request(3)).await.unwrap();
        assert_eq!((scored[0].movie, scored[0].terms[0].source), (film(7), TermSource::Popularity));
        assert_eq!(pool.similar(film(9), 5).await.unwrap(), [SimilarMovie { movie: film(9), score: 0.25 }]);
        assert_eq!(pool.status().await.unwrap().version.as_deref(), Some("v"));
    }

    #[tokio::test]
    async fn a_worker_that_is_gone_busy_or_without_a_model_is_passed_over() {
        let busy = start(Some(Refusal::Overloaded { retry_after_ms: 1_500 })).await;
        let pool = pool(&[nowhere().await, busy, start(Some(Refusal::NoModel)).await, start(None).await]);
        for _ in 0..8 {
            assert_eq!(pool.recommend(request(1)).await.unwrap().len(), 1);
        }
    }

    #[tokio::test]
    async fn refusals_come_through_with_their_kind() {
        let overloaded = pool(&[start(Some(Refusal::Overloaded { retry_after_ms: 1_500 })).await]);
        let error = overloaded.recommend(request(1)).await.unwrap_err();
        assert!(matches!(error, RecommenderError::Overloaded { retry_after_ms: 1_500 }), "{error}");
        let unknown = pool(&[start(Some(Refusal::UnknownMovie { movie: film(5) })).await]);
        let error = unknown.similar(film(5), 1).await.unwrap_err();
        assert!(matches!(error, RecommenderError::UnknownMovie(movie) if movie == film(5)), "{error}");
        let gone = pool(&[nowhere().await]);
        assert!(matches!(gone.status().await, Err(RecommenderError::Worker(_) | RecommenderError::TimedOut(_))));
    }

    #[tokio::test]
    async fn bad_requests_and_a_full_queue_have_their_status() {
        let client = reqwest::Client::new();
        let worker = start(None).await;
        let post = |path: &str, body: String| {
            client.post(format!("{worker}{path}")).header("content-type", "application/json").body(body).send()
        };
        let too_many = serde_json::to_string(&request(501)).unwrap();
        for (path, body) in [
            (RECOMMEND, "{".to_owned()),
            (RECOMMEND, "{}".to_owned()),
            (RECOMMEND, too_many),
            (SIMILAR, "[]".to_owned()),
        ] {
            let response = post(path, body).await.unwrap();
            assert_eq!(response.status(), 400, "{path}");
            assert!(matches!(response.json().await.unwrap(), Refusal::Invalid { .. }));
        }
        assert_eq!(client.get(format!("{worker}/readyz")).send().await.unwrap().status(), 200);
        let busy = start(Some(Refusal::Overloaded { retry_after_ms: 1_500 })).await;
        let response = client.get(format!("{busy}{STATUS}")).send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (429, "2"));
        assert_eq!(client.get(format!("{busy}/livez")).send().await.unwrap().status(), 200);
    }
}
