//! Film cards: a film with its genres and statistics, for many films in one query.

use std::collections::HashMap;

use matinee_domain::{MovieCard, MovieId, RatingSummary};
use sea_orm::{
    ConnectionTrait, FromQueryResult,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use uuid::Uuid;

use crate::{
    entities::{movie_genres, movies},
    failure::Outcome,
    sql::{MAX_LISTED, among, count32, fetch, year},
};

#[derive(FromQueryResult)]
struct CardRow {
    id: Uuid,
    title: String,
    year: Option<i16>,
    rating_count: i64,
    rating_sum_half_stars: i64,
    genre: Option<String>,
}

/// Cards in the order of `ids`, without those that don't exist.
pub(crate) async fn list(db: &impl ConnectionTrait, ids: &[Uuid]) -> Outcome<Vec<MovieCard>> {
    let mut cards: HashMap<Uuid, MovieCard> = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(MAX_LISTED) {
        for row in fetch_rows(db, ids).await? {
            let CardRow { id, title, year: kept_year, rating_count, rating_sum_half_stars, genre } = row;
            if let Some(card) = cards.get_mut(&id) {
                card.genres.extend(genre);
                continue;
            }
            let card = MovieCard {
                id: MovieId(id),
                title,
                year: year(id, kept_year)?,
                genres: genre.into_iter().collect(),
                rating: summary(rating_count, rating_sum_half_stars),
            };
            cards.insert(id, card);
        }
    }
    Ok(ids.iter().filter_map(|id| cards.get(id).cloned()).collect())
}

/// One row for each genre of each film, most telling first.
async fn fetch_rows(db: &impl ConnectionTrait, ids: &[Uuid]) -> Outcome<Vec<CardRow>> {
    use movies::Column::{Id, RatingCount, RatingSumHalfStars, Title, Year};
    let select = Query::select()
        .columns([Id, Title, Year, RatingCount, RatingSumHalfStars].map(|column| (movies::Entity, column)))
        .column((movie_genres::Entity, movie_genres::Column::Genre))
        .from(movies::Entity)
        .left_join(
            movie_genres::Entity,
            Expr::col((movie_genres::Entity, movie_genres::Column::MovieId)).equals((movies::Entity, Id)),
        )
        .and_where(among(Expr::col((movies::Entity, Id)), ids))
        .order_by((movie_genres::Entity, movie_genres::Column::Position), Order::Asc)
        .take();
    fetch(db, &select).await
}

/// What is kept of a film's ratings, as the domain says it.
pub(crate) fn summary(count: i64, sum_half_stars: i64) -> RatingSummary {
    RatingSummary { count: count32(count), mean: mean(count, sum_half_stars) }
}

/// The mean in stars, 0 where there are no ratings.
pub(crate) fn mean(count: i64, sum_half_stars: i64) -> f32 {
    if count <= 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a mean of 0.5 to 5 needs less")]
    let mean = (sum_half_stars as f64 / count as f64 / 2.0) as f32;
    mean
}
