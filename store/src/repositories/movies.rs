//! Reading the catalogue.

use async_trait::async_trait;
use matinee_domain::{Movie, MovieCard, MovieId, search::GenreCount};
use matinee_services::ports::{IndexedMovie, MovieRepository, RepositoryResult, SitemapEntry};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement},
};
use uuid::Uuid;

use super::{cards, film, indexing};
use crate::{
    Store,
    entities::{Moment, movie_genres, movies},
    failure::Outcome,
    sql::{count, fetch_tuple, fetch_tuples, year},
};

#[async_trait]
impl MovieRepository for Store {
    async fn lookup(&self, movie: MovieId) -> RepositoryResult<Option<Movie>> {
        self.read_recent(&[movie.0], |db| async move { film::lookup(&db, movie.0).await }).await
    }

    async fn lookup_many(&self, movies: &[MovieId]) -> RepositoryResult<Vec<Movie>> {
        let ids: Vec<_> = movies.iter().map(|movie| movie.0).collect();
        let ids = &ids[..];
        self.read_recent(ids, |db| async move { film::list(&db, ids).await }).await
    }

    async fn list_cards(&self, movies: &[MovieId]) -> RepositoryResult<Vec<MovieCard>> {
        let ids: Vec<_> = movies.iter().map(|movie| movie.0).collect();
        let ids = &ids[..];
        self.read_recent(ids, |db| async move { cards::list(&db, ids).await }).await
    }

    async fn list_popular(&self, genre: Option<&str>, limit: u32) -> RepositoryResult<Vec<MovieCard>> {
        let select = &popular(genre, limit);
        self.read_recent(&[], |db| async move { list_selected(&db, select).await }).await
    }

    async fn list_most_rated(&self, limit: u32) -> RepositoryResult<Vec<MovieCard>> {
        let select = &best_by(movies::Column::RatingCount, limit);
        self.read_recent(&[], |db| async move { list_selected(&db, select).await }).await
    }

    async fn list_genres(&self) -> RepositoryResult<Vec<GenreCount>> {
        self.read_recent(&[], |db| async move { list_genres(&db).await }).await
    }

    async fn list_for_index(&self, after: Option<MovieId>, limit: u32) -> RepositoryResult<Vec<IndexedMovie>> {
        self.read_bulk(async |db| indexing::list(db, after, limit).await).await
    }

    async fn list_for_sitemap(&self, after: Option<MovieId>, limit: u32) -> RepositoryResult<Vec<SitemapEntry>> {
        self.read_recent(&[], |db| async move { list_for_sitemap(&db, after, limit).await }).await
    }

    async fn count(&self) -> RepositoryResult<u64> {
        let select = Query::select().expr(Expr::col(movies::Column::Id).count()).from(movies::Entity).take();
        let row: Option<(i64,)> = self.read(async |db| fetch_tuple(db, &select).await).await?;
        Ok(row.map_or(0, |(films,)| count(films)))
    }

    async fn ping(&self) -> RepositoryResult<()> {
        let select = Query::select().expr(Expr::val(1)).take();
        self.read(async |db| Ok(db.query_one(&select).await.map(|_| ())?)).await
    }
}

/// Walks the index by popularity until enough films of the genre are found.
pub(super) fn popular(genre: Option<&str>, limit: u32) -> SelectStatement {
    best_by(movies::Column::Popularity, limit)
        .and_where(Expr::col((movies::Entity, movies::Column::Popularity)).is_not_null())
        .and_where_option(genre.map(|genre| Expr::exists(of_genre(genre))))
        .take()
}

/// Ids of films, highest first by a column of its own index.
pub(super) fn best_by(column: movies::Column, limit: u32) -> SelectStatement {
    Query::select()
        .column((movies::Entity, movies::Column::Id))
        .from(movies::Entity)
        .order_by((movies::Entity, column), Order::Desc)
        .order_by((movies::Entity, movies::Column::Id), Order::Desc)
        .limit(limit.into())
        .take()
}

fn of_genre(genre: &str) -> SelectStatement {
    use movie_genres::Column::{Genre, MovieId};
    Query::select()
        .expr(Expr::val(1))
        .from(movie_genres::Entity)
        .and_where(Expr::col((movie_genres::Entity, MovieId)).equals((movies::Entity, movies::Column::Id)))
        .and_where(Expr::col((movie_genres::Entity, Genre)).eq(genre))
        .take()
}

pub(super) async fn list_selected(db: &impl ConnectionTrait, ids: &SelectStatement) -> Outcome<Vec<MovieCard>> {
    let ids: Vec<(Uuid,)> = fetch_tuples(db, ids).await?;
    cards::list(db, &ids.into_iter().map(|(id,)| id).collect::<Vec<_>>()).await
}

async fn list_genres(db: &impl ConnectionTrait) -> Outcome<Vec<GenreCount>> {
    let select = Query::select()
        .column(movie_genres::Column::Genre)
        .expr_as(Expr::col(movie_genres::Column::MovieId).count(), "films")
        .from(movie_genres::Entity)
        .group_by_col(movie_genres::Column::Genre)
        .order_by("films", Order::Desc)
        .order_by(movie_genres::Column::Genre, Order::Asc)
        .take();
    let rows: Vec<(String, i64)> = fetch_tuples(db, &select).await?;
    Ok(rows.into_iter().map(|(genre, films)| GenreCount { genre, count: count(films) }).collect())
}

pub(super) async fn list_for_sitemap(
    db: &impl ConnectionTrait,
    after: Option<MovieId>,
    limit: u32,
) -> Outcome<Vec<SitemapEntry>> {
    use movies::Column::{Id, Title, UpdatedAt, Year};
    let select = Query::select()
        .columns([Id, Title, Year, UpdatedAt])
        .from(movies::Entity)
        .and_where_option(after.map(|after| Expr::col(Id).gt(after.0)))
        .order_by(Id, Order::Asc)
        .limit(limit.into())
        .take();
    let rows: Vec<(Uuid, String, Option<i16>, Moment)> = fetch_tuples(db, &select).await?;
    rows.into_iter()
        .map(|(id, title, kept_year, updated_at)| {
            Ok(SitemapEntry { id: MovieId(id), title, year: year(id, kept_year)?, updated_at: updated_at.0 })
        })
        .collect()
}
