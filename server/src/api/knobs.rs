use axum::{Json, extract::State};
use matinee_domain::{KnobChange, Knobs, whole_or_none};
use matinee_services::Services;
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{Body, Me};
use crate::http::problem::Problem;

/// Knobs to turn; those that are not named stay where they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Turned {
    /// From discoveries (−2) to what many people know (2).
    #[schema(minimum = -2, maximum = 2)]
    #[serde(default, deserialize_with = "whole_or_none")]
    popularity: Option<i16>,
    /// From older films (−2) to newer ones (2).
    #[schema(minimum = -2, maximum = 2)]
    #[serde(default, deserialize_with = "whole_or_none")]
    recency: Option<i16>,
    /// How much a film has to differ from those above it.
    #[schema(minimum = 0, maximum = 4)]
    #[serde(default, deserialize_with = "whole_or_none")]
    diversity: Option<i16>,
    /// Whether films that I rated are left out.
    hide_seen: Option<bool>,
    /// Genres to leave out, in place of those that were.
    excluded_genres: Option<Vec<String>>,
}

impl From<Turned> for KnobChange {
    fn from(turned: Turned) -> Self {
        let Turned { popularity, recency, diversity, hide_seen, excluded_genres } = turned;
        Self { popularity, recency, diversity, hide_seen, excluded_genres }
    }
}

/// How I tuned my recommendations.
#[utoipa::path(get, path = "/me/knobs", tag = "recommendations",
    responses((status = 200, body = Knobs), (status = 401, body = Problem)))]
pub async fn knobs(Me(me): Me, State(services): State<Services>) -> Result<Json<Knobs>, Problem> {
    Ok(Json(services.knobs(me).await?))
}

/// Tunes my recommendations, from now on and on every page.
#[utoipa::path(put, path = "/me/knobs", request_body = Turned, tag = "recommendations",
    responses((status = 200, body = Knobs), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn turn(
    Me(me): Me,
    State(services): State<Services>,
    Body(turned): Body<Turned>,
) -> Result<Json<Knobs>, Problem> {
    Ok(Json(services.turn_knobs(me, turned.into()).await?))
}
