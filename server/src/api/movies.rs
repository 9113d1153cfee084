use axum::{Json, extract::State};
use matinee_domain::{Movie, MovieId, recommendation::Similar};
use matinee_services::Services;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Id, Params, limit};
use crate::http::problem::Problem;

/// Everything about a film that is the same for everybody.
#[utoipa::path(get, path = "/movies/{id}", params(("id" = MovieId, Path)), tag = "films",
    responses((status = 200, body = Movie), (status = 404, body = Problem)))]
pub async fn movie(State(services): State<Services>, Id(id): Id<MovieId>) -> Result<Json<Movie>, Problem> {
    Ok(Json(services.movie(id).await?))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SimilarParams {
    /// Films at most (1–100, 12 by default).
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct SimilarMovies {
    /// Most alike first.
    similar: Vec<Similar>,
}

/// Films that the same people love.
#[utoipa::path(get, path = "/movies/{id}/similar", params(("id" = MovieId, Path), SimilarParams), tag = "films",
    responses((status = 200, body = SimilarMovies), (status = 404, body = Problem)))]
pub async fn similar(
    State(services): State<Services>,
    Id(id): Id<MovieId>,
    Params(params): Params<SimilarParams>,
) -> Result<Json<SimilarMovies>, Problem> {
    let limit = limit(params.limit, 12, 100)?;
    let movie = services.movie(id).await?;
    Ok(Json(SimilarMovies { similar: services.similar(&movie.card, limit).await? }))
}
