//! The pages: Leptos routes and server functions, both with the same context.

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::any,
};
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list, handle_server_fns_with_context};
use matinee_app::{App, shell::shell};

use super::headers::page_policy;
use crate::state::AppState;

/// Routes of all pages and of the server functions behind them.
pub fn router(state: &AppState) -> Router<AppState> {
    // Leptos finds nothing by these options here: the tags come from Trunk (see `site`).
    let options = LeptosOptions::builder().output_name("matinee").build();
    let context = {
        let state = state.clone();
        move || provide(&state)
    };
    let pages = Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, shell)
        .with_state::<AppState>(options);
    Router::new().merge(pages).route("/api/ui/{*function}", any(server_function))
}

/// A page for what has no route: the application's own "not found".
pub async fn fallback(State(state): State<AppState>, request: Request) -> Response {
    let handler = leptos_axum::render_app_async_with_context(move || provide(&state), shell);
    handler(request).await.into_response()
}

async fn server_function(State(state): State<AppState>, request: Request<Body>) -> Response {
    let mut response = handle_server_fns_with_context(move || provide(&state), request).await.into_response();
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What components and server functions find in their context.
fn provide(state: &AppState) {
    provide_context(state.services.clone());
    provide_context(state.origin.clone());
    provide_context(state.tags.clone());
    if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) {
        if let Ok(policy) = HeaderValue::from_str(&page_policy(&nonce)) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
        response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
}
