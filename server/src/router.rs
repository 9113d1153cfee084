//! The router: pages, API, files and operation, behind one stack of middleware.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use matinee_services::ports::Clock;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
    limit::RequestBodyLimitLayer,
    timeout::TimeoutLayer,
};

use crate::{
    api,
    auth::{SeaSessionStore, note_device, session_layer},
    cache::read_anew,
    config::Config,
    health,
    http::{
        assets,
        csrf::{OwnOrigin, same_origin_only},
        duty,
        headers::{Https, secure},
        pages as app_pages, posters,
        problem::Problem,
        rate::{self, Rates},
        request_id::identify,
        sent_again, sitemap,
        size::{self, HeadLimits},
        telemetry::observe,
    },
    oauth, pages,
    state::AppState,
};

/// Files that browsers look for at the root.
const ROOT_FILES: [&str; 10] = [
    "manifest.webmanifest",
    "sw.js",
    "passkey.js",
    "tune.js",
    "favicon.svg",
    "favicon.ico",
    "apple-touch-icon.png",
    "icon-192.png",
    "icon-512.png",
    "icon-maskable-512.png",
];

/// Composes everything that answers requests.
pub fn router(state: AppState, sessions: SeaSessionStore, config: &Config, clock: &Arc<dyn Clock>) -> Router {
    let own_origin = OwnOrigin(Some(config.server.public_origin.as_str()).filter(|o| !o.is_empty()).map(Arc::from));
    let bodies = RequestBodyLimitLayer::new(config.server.body_limit_bytes);
    let with_session = Router::new()
        .merge(app_pages::router(&state))
        .merge(oauth::router())
        .merge(api::router())
        .fallback(app_pages::fallback)
        .layer(bodies)
        .merge(pages::router(&state, bodies))
        .layer(from_fn_with_state(state.clone(), sent_again::look_first))
        .layer(from_fn_with_state(state.clone(), duty::hold))
        .layer(from_fn(note_device))
        .layer(from_fn_with_state(Rates::new(config, clock, state.clone()), rate::limit))
        .layer(session_layer(sessions, &config.server))
        .layer(from_fn(read_anew))
        .layer(from_fn_with_state(own_origin, same_origin_only))
        .layer(compression());
    let mut without_session: Router<AppState> = Router::new()
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/robots.txt", get(sitemap::robots))
        .route("/sitemap.xml", get(sitemap::index))
        .route("/sitemap/{name}", get(sitemap::piece))
        .route("/poster/{file}", get(posters::poster))
        .route("/pkg/{*name}", get(assets::pkg));
    for name in ROOT_FILES {
        without_session = without_session.route(&format!("/{name}"), assets::at_root(state.assets.clone(), name));
    }
    let head = HeadLimits { address_bytes: config.limits.address_bytes, headers_bytes: config.limits.headers_bytes };
    Router::new()
        .merge(with_session)
        .merge(without_session.layer(bodies))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, config.server.request_timeout()))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(head, size::limit))
        .layer(from_fn_with_state(Https(config.server.is_https()), secure))
        .layer(from_fn(observe))
        .layer(from_fn(identify))
        .with_state(state)
}

/// Quick compression of what is made for each request; files are compressed at start.
fn compression() -> CompressionLayer<impl Predicate> {
    let predicate = DefaultPredicate::new().and(NotForContentType::new("font/"));
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(predicate)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that the layer wants")]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("without words"), "a handler panicked");
    Problem::internal().into_response()
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use tower::ServiceExt;

    use super::*;
    use crate::logging::tests::Kept;

    #[tokio::test]
    async fn a_handler_that_panics_is_in_the_log_with_its_words_and_answers_without_them() {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone());
        let _guard = tracing::subscriber::set_default(subscriber.finish());
        let broken = Router::<()>::new()
            .route("/", get(|| async { "films".strip_prefix("shelf").expect("the shelf of films has fallen over") }))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn(observe))
            .layer(from_fn(identify));
        let answer = broken.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("shelf"), "{body:?}");

        let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let line =
            |message: &str| lines.iter().find(|line| line["message"] == message).unwrap_or_else(|| panic!("{log}"));
        let (panic, failed) = (line("a handler panicked"), line("request failed"));
        assert_eq!(
            (panic["level"].as_str(), panic["panic"].as_str()),
            (Some("ERROR"), Some("the shelf of films has fallen over"))
        );
        assert_eq!((failed["level"].as_str(), failed["http.status"].as_u64()), (Some("ERROR"), Some(500)));
        let id = |line: &serde_json::Value| line["span"]["http.request_id"].as_str().unwrap_or_default().to_owned();
        assert!(!id(failed).is_empty() && id(failed) == id(panic), "{log}");
    }
}
