use axum::{Json, extract::State, http::StatusCode};
use matinee_domain::{
    MovieId, MyRating, Stars,
    rating::{RatingFilter, RatingSort},
};
use matinee_services::Services;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Id, Me, Params, limit, offset_within};
use crate::http::problem::Problem;

/// A rating.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    stars: Stars,
}

/// Rates a film, or rates it again.
#[utoipa::path(put, path = "/movies/{id}/rating", params(("id" = MovieId, Path)), request_body = Rating, tag = "ratings",
    responses((status = 200, body = Rating), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn rate(
    Me(me): Me,
    State(services): State<Services>,
    Id(id): Id<MovieId>,
    Body(rating): Body<Rating>,
) -> Result<Json<Rating>, Problem> {
    services.rate(me, id, rating.stars).await?;
    Ok(Json(rating))
}

/// Takes a rating back. A film that was not rated is no error.
#[utoipa::path(delete, path = "/movies/{id}/rating", params(("id" = MovieId, Path)), tag = "ratings",
    responses((status = 204), (status = 401, body = Problem)))]
pub async fn unrate(Me(me): Me, State(services): State<Services>, Id(id): Id<MovieId>) -> Result<StatusCode, Problem> {
    services.unrate(me, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// More than anybody has rated.
const MAX_OFFSET: u32 = 1_000_000;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MineParams {
    /// `recent` by default.
    #[param(inline)]
    sort: Option<RatingSort>,
    /// Only films whose title holds this.
    title: Option<String>,
    /// Only with exactly these stars.
    #[param(value_type = Option<f64>, minimum = 0.5, maximum = 5, multiple_of = 0.5)]
    stars: Option<Stars>,
    /// Ratings left out from the beginning (1,000,000 at most).
    #[param(maximum = 1_000_000)]
    offset: Option<u32>,
    /// Ratings at most (1–100, 50 by default).
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct MyRatings {
    ratings: Vec<MyRating>,
    /// Ratings that match in all.
    total: u64,
}

/// My ratings.
#[utoipa::path(get, path = "/me/ratings", params(MineParams), tag = "ratings",
    responses((status = 200, body = MyRatings), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub async fn mine(
    Me(me): Me,
    State(services): State<Services>,
    Params(params): Params<MineParams>,
) -> Result<Json<MyRatings>, Problem> {
    let offset = offset_within(params.offset, MAX_OFFSET)?;
    let filter = RatingFilter {
        sort: params.sort.unwrap_or_default(),
        title: params.title,
        stars: params.stars,
        offset,
        limit: limit(params.limit, 50, 100)?,
    };
    let page = services.my_ratings(me, &filter).await?;
    Ok(Json(MyRatings { ratings: page.items, total: page.total }))
}
