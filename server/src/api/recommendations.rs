use axum::{Json, extract::State};
use matinee_domain::recommendation::Recommendations;
use matinee_services::{Services, ports::RecommendRequest};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Me, Params, limit};
use crate::http::problem::Problem;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecommendationParams {
    /// Films at most (1–200, 20 by default).
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Films for me to watch next, each with the terms of its score as reasons.
#[utoipa::path(get, path = "/recommendations", params(RecommendationParams), tag = "recommendations",
    responses((status = 200, body = Recommendations), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub async fn recommendations(
    Me(me): Me,
    State(services): State<Services>,
    Params(params): Params<RecommendationParams>,
) -> Result<Json<Recommendations>, Problem> {
    let limit = limit(params.limit, 20, RecommendRequest::MAX_LIMIT)?;
    Ok(Json(services.recommend(me, limit).await?))
}
