//! The public JSON API: `/api/v1`, described by `/api/openapi.json`.
//!
//! A handler extracts, authorizes, calls one use case and maps the answer. Whatever goes wrong leaves as
//! `application/problem+json`.

#![allow(unused_qualifications, reason = "utoipa's macro qualifies the parameter types it is given")]

mod accounts;
mod changes;
mod describe;
mod document;
pub(crate) mod extract;
mod history;
mod knobs;
mod marks;
mod movies;
mod ratings;
mod recommendations;
mod search;

pub use extract::bearer;

use axum::{
    Json, Router,
    http::{StatusCode, Uri},
};
use matinee_domain::activity::Mark;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{http::problem::Problem, state::AppState};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Matinee",
        description = "Find a film, rate films, get recommendations with their reasons.\n\nSigning in sets a session \
                       cookie; programs send a token as `Authorization: Bearer …`. Errors are `application/problem+json` (RFC 9457).",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(Problem, Mark))
)]
struct Document;

fn routes() -> OpenApiRouter<AppState> {
    let v1 = OpenApiRouter::new()
        .routes(routes!(search::search))
        .routes(routes!(describe::describe))
        .routes(routes!(movies::movie))
        .routes(routes!(movies::similar))
        .routes(routes!(ratings::rate, ratings::unrate))
        .routes(routes!(marks::mark, marks::unmark))
        .routes(routes!(accounts::register))
        .routes(routes!(accounts::sign_in, accounts::sign_out))
        .routes(routes!(accounts::me, accounts::delete))
        .routes(routes!(ratings::mine))
        .routes(routes!(history::history, history::clear))
        .routes(routes!(history::set_keeping))
        .routes(routes!(changes::mine))
        .routes(routes!(changes::undo))
        .routes(routes!(knobs::knobs, knobs::turn))
        .routes(routes!(recommendations::recommendations));
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", v1)
}

/// The API's routes; unknown paths and methods under `/api` are problems, too.
pub fn router() -> Router<AppState> {
    let (router, document) = routes().split_for_parts();
    let document = document::completed(document);
    router
        .route("/api/openapi.json", axum::routing::get(move || async move { Json(document) }))
        .route("/api/{*rest}", axum::routing::any(unknown))
        .method_not_allowed_fallback(wrong_method)
}

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    document::completed(routes().into_openapi())
}

async fn unknown(uri: Uri) -> Problem {
    Problem::not_found(format!("there is nothing at {}; see /api/openapi.json", uri.path()))
}

async fn wrong_method(uri: Uri) -> Problem {
    let detail = format!("{} does not take this method; see /api/openapi.json", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", "This method is not taken here", detail)
}
