//! An AI worker's HTTP side: the protocol's paths over a [`Recommender`], health, measurements, and its OpenAPI document.
//!
//! A handler reads the body, asks the recommender within the time that the caller still has, and answers; whoever hangs
//! up takes their request out of the queue with them. Everything that goes wrong is `application/problem+json`.

mod body;
mod document;
mod handlers;
mod health;
mod refused;
mod serve;
mod text;

pub use health::metrics_handle;
pub use serve::serve;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, Uri},
    middleware::map_response,
    response::Response,
    routing::get,
};
use matinee_services::ports::{Recommender, Shard};
use metrics_exporter_prometheus::PrometheusHandle;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::refused::Refused;
use crate::{
    protocol::{MAX_BODY_BYTES, Problem, Refusal, SHARD},
    text::TextEngine,
};

/// What handlers share.
#[derive(Clone)]
pub struct Worker {
    pub recommender: Arc<dyn Recommender>,
    /// Films by descriptions; `None` where that is not served.
    pub text: Option<Arc<TextEngine>>,
    /// The longest that one request may take, whatever its caller says.
    pub timeout: Duration,
    pub metrics: PrometheusHandle,
    /// The part of the films that it ranks, where it is not all of them.
    shard: Option<Shard>,
    stopping: Arc<AtomicBool>,
}

impl Worker {
    pub fn new(recommender: Arc<dyn Recommender>, timeout: Duration, metrics: PrometheusHandle) -> Self {
        Self { recommender, text: None, timeout, metrics, shard: None, stopping: Arc::default() }
    }

    /// The same that says which part of the films it ranks.
    #[must_use]
    pub fn of_shard(self, shard: Option<Shard>) -> Self {
        Self { shard, ..self }
    }

    /// The same that finds films by descriptions, too.
    #[must_use]
    pub fn with_text(self, text: Arc<TextEngine>) -> Self {
        Self { text: Some(text), ..self }
    }

    /// From now on `/readyz` says that this worker is on its way out.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Matinee AI worker",
        description = "Ranks films for a person's events, and finds films by descriptions. Stateless: all it is told of a person is in the request.\n\n\
                       `x-deadline-ms` says for how long the caller still waits. Errors are \
                       `application/problem+json` (RFC 9457).",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(Problem))
)]
struct Document;

fn paths() -> OpenApiRouter<Worker> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(handlers::recommend))
        .routes(routes!(handlers::rank))
        .routes(routes!(handlers::explain))
        .routes(routes!(handlers::similar))
        .routes(routes!(text::embed))
        .routes(routes!(text::describe))
        .routes(routes!(handlers::status))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}

/// All routes of a worker.
pub fn router(worker: Worker) -> Router {
    let (router, document) = paths().split_for_parts();
    let document = document::completed(document);
    let shard = worker.shard.and_then(|shard| HeaderValue::try_from(shard.to_string()).ok());
    router
        .route("/openapi.json", get(move || async move { axum::Json(document) }))
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(map_response(move |mut response: Response| {
            if let Some(shard) = &shard {
                response.headers_mut().insert(SHARD, shard.clone());
            }
            std::future::ready(response)
        }))
        .with_state(worker)
}

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    document::completed(paths().into_openapi())
}

async fn unknown(uri: Uri) -> Refused {
    Refusal::Invalid { message: format!("there is nothing at {}; see /openapi.json", uri.path()) }.into()
}

#[cfg(test)]
mod tests;
