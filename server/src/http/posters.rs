//! `/poster/{id}.svg`: a film's poster as an image of its own, for previews elsewhere.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use matinee_domain::MovieId;
use matinee_services::Services;

use super::problem::Problem;

/// A poster changes when the title does: seldom.
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// # Errors
/// 404 where there is no such film.
pub async fn poster(State(services): State<Services>, Path(file): Path<String>) -> Result<Response, Problem> {
    let id: Option<MovieId> = file.strip_suffix(".svg").and_then(|id| id.parse().ok());
    let id =
        id.ok_or_else(|| Problem::not_found(format!("there is no poster {file}; posters are /poster/<film id>.svg")))?;
    let movie = services.movie(id).await?;
    let svg = matinee_app::components::poster::poster_document(&movie.card);
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")), (header::CACHE_CONTROL, A_DAY)];
    Ok((headers, svg).into_response())
}
