use axum::{extract::State, http::StatusCode};
use matinee_domain::{MovieId, activity::Mark};
use matinee_services::Services;

use super::extract::{Id, Me};
use crate::http::problem::Problem;

/// Marks a film: `not_interested` (don't recommend it) or `not_because` (don't recommend because of it).
#[utoipa::path(put, path = "/movies/{id}/marks/{mark}", tag = "ratings",
    params(("id" = MovieId, Path), ("mark" = Mark, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn mark(
    Me(me): Me,
    State(services): State<Services>,
    Id((id, mark)): Id<(MovieId, Mark)>,
) -> Result<StatusCode, Problem> {
    services.set_mark(me, id, mark, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a mark away.
#[utoipa::path(delete, path = "/movies/{id}/marks/{mark}", tag = "ratings",
    params(("id" = MovieId, Path), ("mark" = Mark, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn unmark(
    Me(me): Me,
    State(services): State<Services>,
    Id((id, mark)): Id<(MovieId, Mark)>,
) -> Result<StatusCode, Problem> {
    services.set_mark(me, id, mark, false).await?;
    Ok(StatusCode::NO_CONTENT)
}
