use axum::{Json, extract::State};
use matinee_domain::MovieCard;
use matinee_services::{
    Services,
    describing::{MAX_DESCRIBED, MAX_DESCRIPTION_CHARS, RankedBy},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Params, limit};
use crate::http::problem::Problem;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DescribeParams {
    /// What happens in the film, in a sentence of your own (500 characters at most).
    #[param(min_length = 1, max_length = 500, pattern = r"\S")]
    q: String,
    /// Films at most (1–100, 20 by default).
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct DescribedMovie {
    #[serde(flatten)]
    movie: MovieCard,
    /// Words of the description stand in its plot, its title or among its people.
    by_words: bool,
    /// It is about what the description says.
    by_meaning: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DescribeRanking {
    WordsAndMeaning,
    /// No language model answered: the words alone.
    Words,
}

#[derive(Serialize, ToSchema)]
pub struct DescribeResult {
    /// Best first.
    movies: Vec<DescribedMovie>,
    ranked_by: DescribeRanking,
}

/// Films that a description may mean: "a man relives the same day".
#[utoipa::path(get, path = "/describe", params(DescribeParams), tag = "films",
    responses((status = 200, body = DescribeResult), (status = 400, body = Problem), (status = 503, body = Problem)))]
pub async fn describe(
    State(services): State<Services>,
    Params(params): Params<DescribeParams>,
) -> Result<Json<DescribeResult>, Problem> {
    if params.q.trim().is_empty() {
        return Err(Problem::bad_request("q is blank: say what happens in the film"));
    }
    let chars = params.q.chars().count();
    if chars > MAX_DESCRIPTION_CHARS {
        return Err(Problem::bad_request(format!("q has {chars} characters, but may have {MAX_DESCRIPTION_CHARS}")));
    }
    let limit = limit(params.limit, 20, MAX_DESCRIBED)?;
    let found = services.describe(&params.q, limit).await?;
    let movies = found.films.into_iter().map(|film| DescribedMovie {
        movie: film.movie,
        by_words: film.by_words,
        by_meaning: film.by_meaning,
    });
    let ranked_by = match found.ranked_by {
        RankedBy::WordsAndMeaning => DescribeRanking::WordsAndMeaning,
        RankedBy::Words => DescribeRanking::Words,
    };
    Ok(Json(DescribeResult { movies: movies.collect(), ranked_by }))
}
