use axum::{Json, extract::State};
use matinee_domain::{KnobChange, Knobs, recommendation::Recommendations};
use matinee_services::Services;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Me, Params, limit};
use crate::http::problem::Problem;

/// Films that one answer has at most.
const MOST: u32 = 200;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecommendationParams {
    /// `taste` (the default): by everything I rated, and my knobs. `next`: what people rate after the films that I rated last, whatever my knobs,
    /// but for the genres that I left out; none where the model can't tell.
    #[param(inline)]
    order: Option<Order>,
    /// Films at most (1–200, 20 by default).
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// From discoveries (−2) to what many people know (2). A knob that is not named is where I left it.
    #[param(minimum = -2, maximum = 2)]
    popularity: Option<i16>,
    /// From older films (−2) to newer ones (2).
    #[param(minimum = -2, maximum = 2)]
    recency: Option<i16>,
    /// How much a film has to differ from those above it.
    #[param(minimum = 0, maximum = 4)]
    diversity: Option<i16>,
    /// Whether films that I rated are left out.
    hide_seen: Option<bool>,
    /// Genres to leave out, separated by commas, in place of those that I left out; none where it is empty.
    exclude_genres: Option<String>,
}

/// What a list goes by.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    #[default]
    Taste,
    Next,
}

#[derive(Serialize, ToSchema)]
pub struct TunedRecommendations {
    #[serde(flatten)]
    list: Recommendations,
    /// By which the list was ordered.
    knobs: Knobs,
}

/// Films for me to watch next, each with the terms of its score as reasons, in the order of my knobs or, for this answer alone, of those
/// that are named. Nothing is kept: that is `PUT /api/v1/me/knobs`.
#[utoipa::path(get, path = "/recommendations", params(RecommendationParams), tag = "recommendations",
    responses((status = 200, body = TunedRecommendations), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 422, body = Problem)))]
pub async fn recommendations(
    Me(me): Me,
    State(services): State<Services>,
    Params(params): Params<RecommendationParams>,
) -> Result<Json<TunedRecommendations>, Problem> {
    let limit = limit(params.limit, 20, MOST)?;
    if params.order == Some(Order::Next) {
        let (list, knobs) = tokio::try_join!(services.recommend_next(me, limit), services.knobs(me))?;
        return Ok(Json(TunedRecommendations { list, knobs }));
    }
    let RecommendationParams { popularity, recency, diversity, hide_seen, exclude_genres, .. } = params;
    let excluded_genres = exclude_genres.map(|names| names.split(',').map(str::to_owned).collect());
    let change = KnobChange { popularity, recency, diversity, hide_seen, excluded_genres };
    let tuned = services.recommend_tuned(me, limit, change).await?;
    let knobs = tuned.knobs.clone();
    Ok(Json(TunedRecommendations { list: tuned.into(), knobs }))
}
