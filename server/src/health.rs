//! `/livez`, `/readyz` and `/metrics`.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use matinee_services::Services;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;

/// Whether each part serves, and why not.
#[derive(Debug, Serialize)]
pub struct Readiness {
    /// `ready`, `degraded` (pages come, but without the model) or `not_ready`.
    status: &'static str,
    database: Part,
    search: Part,
    model: Part,
}

#[derive(Debug, Serialize)]
struct Part {
    ok: bool,
    detail: String,
}

impl Part {
    fn of<T, E: std::fmt::Display>(result: Result<T, E>, describe: impl FnOnce(T) -> String) -> Self {
        match result {
            Ok(value) => Self { ok: true, detail: describe(value) },
            Err(error) => Self { ok: false, detail: error.to_string() },
        }
    }
}

/// The process runs.
pub async fn live() -> &'static str {
    "ok\n"
}

/// The process serves: 200 when database and search do, 503 when not. Without a model it serves popular films.
pub async fn ready(State(services): State<Services>) -> impl IntoResponse {
    let (database, search, model) =
        tokio::join!(services.movies.count(), services.search.count(), services.recommender.status());
    let films = *database.as_ref().unwrap_or(&0);
    let search = match search {
        Ok(indexed) if indexed == 0 && films > 0 => Err("the index is being built".to_owned()),
        other => other.map_err(|error| error.to_string()),
    };
    let database = Part::of(database, |films| format!("{films} films"));
    let search = Part::of(search, |films| format!("{films} films"));
    let mut model = Part::of(model, |model| match model.version {
        Some(version) => format!("model {version}, {} films", model.movies),
        None => String::new(),
    });
    if model.detail.is_empty() {
        model = Part { ok: false, detail: "no model yet: run `matinee train`".to_owned() };
    }
    let serves = database.ok && search.ok;
    let status = match (serves, model.ok) {
        (true, true) => "ready",
        (true, false) => "degraded",
        (false, _) => "not_ready",
    };
    let code = if serves { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(Readiness { status, database, search, model }))
}

/// Measurements as Prometheus reads them.
pub async fn metrics(State(metrics): State<PrometheusHandle>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render())
}
