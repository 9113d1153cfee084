//! Films as the search index takes them in: four scans over one range of ids for a page, however many films it has.

use std::collections::HashMap;

use matinee_domain::MovieId;
use matinee_services::ports::IndexedMovie;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement},
};
use uuid::Uuid;

use super::cards::mean;
use crate::{
    entities::{credits, movie_genres, movie_titles, movies, people},
    failure::Outcome,
    sql::{count32, fetch_tuples, year},
};

/// Id, title, year, number of ratings, sum of their half stars, plot, votes elsewhere.
type FilmRow = (Uuid, String, Option<i16>, i64, i64, Option<String>, Option<i64>);

pub(crate) async fn list(db: &impl ConnectionTrait, after: Option<MovieId>, limit: u32) -> Outcome<Vec<IndexedMovie>> {
    use movies::Column::{Id, Plot, RatingCount, RatingSumHalfStars, Title, VotesElsewhere, Year};
    let select = Query::select()
        .columns([Id, Title, Year, RatingCount, RatingSumHalfStars, Plot, VotesElsewhere])
        .from(movies::Entity)
        .and_where_option(after.map(|after| Expr::col(Id).gt(after.0)))
        .order_by(Id, Order::Asc)
        .limit(limit.into())
        .take();
    let rows: Vec<FilmRow> = fetch_tuples(db, &select).await?;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
    let range = (first.0, last.0);
    let mut titles = texts(db, alternative_titles(range)).await?;
    let mut genres = texts(db, genres_of(range)).await?;
    let mut people = texts(db, names(range)).await?;
    rows.into_iter()
        .map(|(id, title, kept_year, count, sum, plot, votes)| {
            Ok(IndexedMovie {
                id: MovieId(id),
                title,
                alternative_titles: titles.remove(&id).unwrap_or_default(),
                people: people.remove(&id).unwrap_or_default(),
                genres: genres.remove(&id).unwrap_or_default(),
                plot,
                year: year(id, kept_year)?,
                rating_count: count32(count),
                votes_elsewhere: count32(votes.unwrap_or(0)),
                rating_mean: mean(count, sum),
            })
        })
        .collect()
}

/// Collects (film, text) rows by film, each text once, in their order.
async fn texts(db: &impl ConnectionTrait, select: SelectStatement) -> Outcome<HashMap<Uuid, Vec<String>>> {
    let rows: Vec<(Uuid, String)> = fetch_tuples(db, &select).await?;
    let mut by_film: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (film, text) in rows {
        let texts = by_film.entry(film).or_default();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    Ok(by_film)
}

fn alternative_titles((first, last): (Uuid, Uuid)) -> SelectStatement {
    use movie_titles::Column::{MovieId, Position, Title};
    Query::select()
        .columns([MovieId, Title])
        .from(movie_titles::Entity)
        .and_where(Expr::col(MovieId).between(first, last))
        .order_by(MovieId, Order::Asc)
        .order_by(Position, Order::Asc)
        .take()
}

fn genres_of((first, last): (Uuid, Uuid)) -> SelectStatement {
    use movie_genres::Column::{Genre, MovieId, Position};
    Query::select()
        .columns([MovieId, Genre])
        .from(movie_genres::Entity)
        .and_where(Expr::col(MovieId).between(first, last))
        .order_by(MovieId, Order::Asc)
        .order_by(Position, Order::Asc)
        .take()
}

fn names((first, last): (Uuid, Uuid)) -> SelectStatement {
    use credits::Column::{MovieId, PersonId, Position, Role};
    Query::select()
        .column((credits::Entity, MovieId))
        .column((people::Entity, people::Column::Name))
        .from(credits::Entity)
        .inner_join(people::Entity, Expr::col((people::Entity, people::Column::Id)).equals((credits::Entity, PersonId)))
        .and_where(Expr::col((credits::Entity, MovieId)).between(first, last))
        .order_by((credits::Entity, MovieId), Order::Asc)
        .order_by((credits::Entity, Role), Order::Asc)
        .order_by((credits::Entity, Position), Order::Asc)
        .take()
}
