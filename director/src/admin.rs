//! The admin address: `/metrics` for Prometheus, `/livez` and `/readyz` for keepalived and Kubernetes, `/upstreams` for
//! people and scripts. It only tells; nothing can be changed here.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Response, StatusCode, header};
use metrics::gauge;
use metrics_exporter_prometheus::PrometheusHandle;
use pingora::{apps::http_app::ServeHttp, protocols::http::ServerSession};
use serde_json::json;

use crate::{connections::Count, stopping::Phase, upstreams::Upstreams};

/// What the admin address answers from.
pub struct Admin {
    pub upstreams: Arc<Upstreams>,
    pub metrics: PrometheusHandle,
    pub connections: Count,
    pub phase: Phase,
}

impl Admin {
    /// Whether requests should be sent to this director, and why not.
    fn readiness(&self) -> (StatusCode, String) {
        let fleet = self.upstreams.fleet();
        let well = fleet.upstreams().iter().filter(|one| one.is_well()).count();
        let all = fleet.upstreams().len();
        if self.phase.is_stopping() {
            (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned())
        } else if well == 0 {
            (StatusCode::SERVICE_UNAVAILABLE, format!("none of {all} instances is well\n"))
        } else {
            (StatusCode::OK, format!("{well} of {all} instances are well\n"))
        }
    }

    fn measurements(&self) -> String {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let number = |count: usize| count as f64;
        gauge!("director_connections").set(number(self.connections.get()));
        for one in self.upstreams.fleet().upstreams() {
            let upstream = one.address.to_string();
            gauge!("director_upstream_in_flight", "upstream" => upstream.clone()).set(number(one.in_flight()));
            let up = one.is_well() && !one.is_ejected() && !one.is_draining();
            gauge!("director_upstream_up", "upstream" => upstream).set(if up { 1.0 } else { 0.0 });
        }
        self.metrics.render()
    }

    fn list(&self) -> String {
        let fleet = self.upstreams.fleet();
        let all = fleet.upstreams().iter().map(|one| {
            json!({
                "address": one.address, "weight": one.weight, "well": one.is_well(), "draining": one.is_draining(),
                "ejected": one.is_ejected(), "in_flight": one.in_flight(), "latency_us": one.latency().as_micros(),
            })
        });
        format!("{}\n", json!({ "upstreams": all.collect::<Vec<_>>(), "connections": self.connections.get() }))
    }
}

#[async_trait]
impl ServeHttp for Admin {
    async fn response(&self, session: &mut ServerSession) -> Response<Vec<u8>> {
        let (status, kind, body) = match session.req_header().uri.path() {
            "/livez" => (StatusCode::OK, "text/plain", "ok\n".to_owned()),
            "/readyz" => {
                let (status, body) = self.readiness();
                (status, "text/plain", body)
            }
            "/metrics" => (StatusCode::OK, "text/plain; version=0.0.4", self.measurements()),
            "/upstreams" => (StatusCode::OK, "application/json", self.list()),
            _ => (StatusCode::NOT_FOUND, "text/plain", "there are /livez, /readyz, /metrics, /upstreams\n".to_owned()),
        };
        let mut response = Response::new(body.into_bytes());
        *response.status_mut() = status;
        let length = response.body().len();
        response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
        response
    }
}
