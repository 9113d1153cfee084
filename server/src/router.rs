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
    auth::{SeaSessionStore, note_browser, session_layer},
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
        sitemap,
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
    let with_session = Router::new()
        .merge(app_pages::router(&state))
        .merge(pages::router(&state))
        .merge(oauth::router())
        .merge(api::router())
        .fallback(app_pages::fallback)
        .layer(from_fn_with_state(state.clone(), duty::hold))
        .layer(from_fn(note_browser))
        .layer(from_fn_with_state(Rates::new(config, clock, state.clone()), rate::limit))
        .layer(session_layer(sessions, &config.server))
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
        .merge(without_session)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, config.server.request_timeout()))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(config.server.body_limit_bytes))
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
