//! Film cards: films with their genres and statistics, many at once.
//!
//! Films and genres are two statements, each by key. A join of them is one, but PostgreSQL would rather read every genre there is than
//! look up those of twenty films.

use std::collections::HashMap;

use matinee_domain::{MovieCard, MovieId, RatingSummary};
use sea_orm::{
    ConnectionTrait, FromQueryResult,
    sea_query::{Expr, Order, Query},
};
use uuid::Uuid;

use crate::{
    entities::{movie_genres, movies},
    failure::Outcome,
    sql::{MAX_LISTED, among, count32, fetch, fetch_tuples, year},
};

#[derive(FromQueryResult)]
struct CardRow {
    id: Uuid,
    title: String,
    year: Option<i16>,
    rating_count: i64,
    rating_sum_half_stars: i64,
}

/// Cards in the order of `ids`, without those that don't exist.
pub(crate) async fn list(db: &impl ConnectionTrait, ids: &[Uuid]) -> Outcome<Vec<MovieCard>> {
    let mut cards: HashMap<Uuid, MovieCard> = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(MAX_LISTED) {
        for CardRow { id, title, year: kept_year, rating_count, rating_sum_half_stars } in films(db, ids).await? {
            let card = MovieCard {
                id: MovieId(id),
                title,
                year: year(id, kept_year)?,
                genres: Vec::new(),
                rating: summary(rating_count, rating_sum_half_stars),
            };
            cards.insert(id, card);
        }
        for (id, genre) in genres(db, ids).await? {
            // A film that came between the two statements has genres alone.
            if let Some(card) = cards.get_mut(&id) {
                card.genres.push(genre);
            }
        }
    }
    Ok(ids.iter().filter_map(|id| cards.get(id).cloned()).collect())
}

async fn films(db: &impl ConnectionTrait, ids: &[Uuid]) -> Outcome<Vec<CardRow>> {
    use movies::Column::{Id, RatingCount, RatingSumHalfStars, Title, Year};
    let select = Query::select()
        .columns([Id, Title, Year, RatingCount, RatingSumHalfStars])
        .from(movies::Entity)
        .and_where(among(Expr::col(Id), ids))
        .take();
    fetch(db, &select).await
}

/// The genres of films, of each the most telling first.
pub(crate) async fn genres(db: &impl ConnectionTrait, ids: &[Uuid]) -> Outcome<Vec<(Uuid, String)>> {
    use movie_genres::Column::{Genre, MovieId, Position};
    let select = Query::select()
        .columns([MovieId, Genre])
        .from(movie_genres::Entity)
        .and_where(among(Expr::col(MovieId), ids))
        .order_by(MovieId, Order::Asc)
        .order_by(Position, Order::Asc)
        .take();
    fetch_tuples(db, &select).await
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
