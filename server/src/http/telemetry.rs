//! One log line and one measurement for every request, at the boundary and nowhere else.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use super::request_id::RequestId;

/// The request's route, such as `/film/{id}`: the path itself may hold what is not to be logged.
pub fn route_of(request: &Request) -> &str {
    request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str)
}

/// Logs and measures a request.
pub async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = route_of(&request).to_owned();
    let id = request.extensions().get::<RequestId>().cloned();
    let span = tracing::info_span!("request", http.request_id = id.as_ref().map_or("", RequestId::as_str));
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    let elapsed = started.elapsed();
    let labels = [("method", method.to_string()), ("route", route.clone()), ("status", status.as_u16().to_string())];
    metrics::histogram!("matinee_http_request_duration_seconds", &labels).record(elapsed.as_secs_f64());
    let duration_ms = elapsed.as_secs_f64() * 1e3;
    let _entered = span.enter();
    if status.is_server_error() {
        tracing::error!(http.method = %method, http.route = route, http.status = status.as_u16(), duration_ms, "request failed");
    } else {
        tracing::debug!(http.method = %method, http.route = route, http.status = status.as_u16(), duration_ms, "request");
    }
    response
}
