use axum::{Json, extract::State, http::StatusCode};
use matinee_domain::{ChangeSetId, Timestamp};
use matinee_services::Services;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::{Id, Me};
use crate::http::problem::Problem;

/// One of my changes.
#[derive(Serialize, ToSchema)]
pub struct Change {
    id: ChangeSetId,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What I did: `rate`, `unrate`, `mark`, `unmark`, `view`, `clear_history`, `import` or `tune`.
    reason: String,
    /// It has been taken back.
    undone: bool,
}

#[derive(Serialize, ToSchema)]
pub struct Changes {
    /// Latest first.
    changes: Vec<Change>,
}

/// My last changes.
#[utoipa::path(get, path = "/me/changes", tag = "account",
    responses((status = 200, body = Changes), (status = 401, body = Problem)))]
pub async fn mine(Me(me): Me, State(services): State<Services>) -> Result<Json<Changes>, Problem> {
    let mine = services.my_changes(me).await?.into_iter();
    let changes =
        mine.map(|change| Change { id: change.id, at: change.at, reason: change.reason, undone: change.undone });
    Ok(Json(Changes { changes: changes.collect() }))
}

/// Takes one of my changes back. When the same was changed again since, nothing happens and 409 says so; of an import, what was changed
/// again since stays as it is now.
#[utoipa::path(post, path = "/me/changes/{id}/undo", params(("id" = ChangeSetId, Path)), tag = "account",
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub async fn undo(
    Me(me): Me,
    State(services): State<Services>,
    Id(id): Id<ChangeSetId>,
) -> Result<StatusCode, Problem> {
    services.undo(me, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
