use axum::{Json, extract::State};
use matinee_domain::{MovieCard, SearchFilter, SearchQuery, Year, search::GenreCount};
use matinee_services::Services;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Params, limit, offset_within};
use crate::http::problem::Problem;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchParams {
    /// Words of a title or a name, and a year if you like; typos are forgiven. Without: all films, most rated first.
    #[serde(default)]
    q: String,
    /// Films at most (1–100, 20 by default).
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Films left out from the beginning (10,000 at most).
    #[param(maximum = 10_000)]
    offset: Option<u32>,
    /// Genres, all of which a film must have, separated by commas.
    genre: Option<String>,
    /// Not before this year.
    #[param(value_type = Option<i32>, minimum = 1874, maximum = 2100)]
    from: Option<Year>,
    /// Not after this year.
    #[param(value_type = Option<i32>, minimum = 1874, maximum = 2100)]
    to: Option<Year>,
    /// Rated this well on average, in stars.
    #[param(minimum = 0, maximum = 5)]
    min_rating: Option<f32>,
}

#[derive(Serialize, ToSchema)]
pub struct SearchResult {
    movies: Vec<MovieCard>,
    /// Films that match in all.
    total: u64,
    /// Genres among the matches.
    genres: Vec<GenreCount>,
}

/// Searches films.
#[utoipa::path(get, path = "/search", params(SearchParams), tag = "films",
    responses((status = 200, body = SearchResult), (status = 400, body = Problem)))]
pub async fn search(
    State(services): State<Services>,
    Params(params): Params<SearchParams>,
) -> Result<Json<SearchResult>, Problem> {
    let offset = offset_within(params.offset, SearchQuery::MAX_OFFSET)?;
    if params.min_rating.is_some_and(|stars| !(0.0..=5.0).contains(&stars)) {
        return Err(Problem::bad_request("min_rating must be between 0 and 5"));
    }
    let genres = params.genre.iter().flat_map(|list| list.split(',')).map(str::trim);
    let filter = SearchFilter {
        genres: genres.filter(|genre| !genre.is_empty()).map(str::to_owned).collect(),
        from: params.from,
        to: params.to,
        min_rating: params.min_rating,
    };
    let limit = limit(params.limit, 20, SearchQuery::MAX_LIMIT)?;
    let found = services.search(&SearchQuery { text: params.q, filter, offset, limit }).await?;
    Ok(Json(SearchResult { movies: found.movies, total: found.total, genres: found.genres }))
}
