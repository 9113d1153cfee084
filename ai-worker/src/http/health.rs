//! Whether the worker lives and serves, and its measurements.

use std::{sync::OnceLock, time::Duration};

use axum::{extract::State, http::header::CONTENT_TYPE, response::IntoResponse};
use matinee_services::ports::RecommenderError;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::{Worker, refused::Refused};
use crate::protocol::{Problem, Refusal};

/// Upper ends of the buckets of times, in seconds.
const SECONDS: [f64; 14] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];
/// Upper ends of the buckets of batch sizes, in requests.
const BATCHES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 1_024.0];

/// The process runs.
#[utoipa::path(get, path = "/livez", responses((status = 200, body = String)))]
pub async fn live() -> &'static str {
    "ok\n"
}

/// The process serves: it has a model and is not stopping.
#[utoipa::path(get, path = "/readyz", responses((status = 200, body = String), (status = 503, body = Problem)))]
pub async fn ready(State(worker): State<Worker>) -> Result<&'static str, Refused> {
    if worker.is_stopping() {
        return Err(Refusal::Stopping.into());
    }
    match worker.recommender.status().await?.version {
        Some(_) => Ok("ok\n"),
        None => Err(RecommenderError::NoModel.into()),
    }
}

/// Measurements as Prometheus reads them.
#[utoipa::path(get, path = "/metrics", responses((status = 200, body = String)))]
pub async fn metrics(State(worker): State<Worker>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], worker.metrics.render())
}

/// The process's one recorder of measurements.
///
/// # Errors
/// When the process has another recorder already.
pub fn metrics_handle() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let builder = PrometheusBuilder::new()
        .set_buckets(&SECONDS)?
        .set_buckets_for_metric(Matcher::Full("matinee_ai_batch_size".to_owned()), &BATCHES)?;
    match (builder.install_recorder(), HANDLE.get()) {
        (_, Some(handle)) => Ok(handle.clone()),
        (Ok(handle), None) => {
            take_together(handle.clone())?;
            Ok(HANDLE.get_or_init(|| handle).clone())
        }
        (Err(error), None) => Err(anyhow::anyhow!("measurements can't be recorded: {error}")),
    }
}

/// Takes together what histograms were told, now and then: where nobody asks for measurements each would stay a value in memory.
fn take_together(handle: PrometheusHandle) -> std::io::Result<()> {
    const EVERY: Duration = Duration::from_secs(5);
    let upkeep = move || {
        loop {
            std::thread::sleep(EVERY);
            handle.run_upkeep();
        }
    };
    std::thread::Builder::new().name("measurements".to_owned()).spawn(upkeep).map(drop)
}
