use axum::{Json, extract::State, http::StatusCode};
use matinee_domain::activity::ActivityEntry;
use matinee_services::Services;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Me};
use crate::http::problem::Problem;

#[derive(Serialize, ToSchema)]
pub struct History {
    /// Latest first.
    entries: Vec<ActivityEntry>,
}

/// What I searched for and looked at.
#[utoipa::path(get, path = "/me/history", tag = "account",
    responses((status = 200, body = History), (status = 401, body = Problem)))]
pub async fn history(Me(me): Me, State(services): State<Services>) -> Result<Json<History>, Problem> {
    Ok(Json(History { entries: services.history(me).await? }))
}

/// Forgets what I searched for and looked at.
#[utoipa::path(delete, path = "/me/history", tag = "account",
    responses((status = 204), (status = 401, body = Problem)))]
pub async fn clear(Me(me): Me, State(services): State<Services>) -> Result<StatusCode, Problem> {
    services.clear_history(me).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a history is kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Keeping {
    keeps_history: bool,
}

/// Switches keeping of my history on or off; what was kept stays until it is cleared.
#[utoipa::path(put, path = "/me/history/setting", request_body = Keeping, tag = "account",
    responses((status = 204), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn set_keeping(
    Me(me): Me,
    State(services): State<Services>,
    Body(keeping): Body<Keeping>,
) -> Result<StatusCode, Problem> {
    services.set_keeps_history(me, keeping.keeps_history).await?;
    Ok(StatusCode::NO_CONTENT)
}
