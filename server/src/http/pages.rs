//! The pages: Leptos routes and server functions (which `leptos_routes_with_context` adds), with the same context.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use leptos::{config::LeptosOptions, prelude::*};
use leptos_axum::{LeptosRoutes, ResponseOptions};
use matinee_app::{
    session::Recent,
    shell::{routes, shell},
};

use super::scope::{KeepingScope, keep_scope};
use crate::{pages::access::note_staff, state::AppState};

/// Routes of all pages and of the server functions behind them.
pub fn router(state: &AppState) -> Router<AppState> {
    // Leptos finds nothing by these options here: the tags come from Trunk (see `site`).
    let options = LeptosOptions::builder().output_name("matinee").build();
    let context = {
        let state = state.clone();
        move || provide(&state)
    };
    Router::new()
        .leptos_routes_with_context(&options, routes(), context, shell)
        .with_state::<AppState>(options)
        .layer(from_fn(keep_scope))
        .layer(from_fn_with_state(state.clone(), note_staff))
}

/// A page for what has no route: the application's own "not found".
pub async fn fallback(State(state): State<AppState>, request: Request) -> Response {
    let handler = leptos_axum::render_app_async_with_context(move || provide(&state), shell);
    KeepingScope::new(handler(request)).await.into_response()
}

/// What components and server functions find in their context.
pub(crate) fn provide(state: &AppState) {
    provide_context(state.services.clone());
    provide_context(state.origin.clone());
    provide_context(state.tags.clone());
    provide_context(state.oauth.ways_in());
    provide_context(Recent(state.oauth.recent()));
    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
}
