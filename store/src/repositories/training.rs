//! Reading all ratings, for training.

use async_trait::async_trait;
use matinee_domain::{MovieId, UserId};
use matinee_services::ports::{RepositoryResult, TrainingRating, TrainingRepository};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use uuid::Uuid;

use super::ratings::stars;
use crate::{
    Store,
    entities::{Moment, ratings},
    sql::{count, fetch_tuple, fetch_tuples},
};

#[async_trait]
impl TrainingRepository for Store {
    async fn list_ratings(
        &self,
        after: Option<(UserId, MovieId)>,
        limit: u32,
    ) -> RepositoryResult<Vec<TrainingRating>> {
        let select = &page(after, limit);
        self.read_bulk_recent(|db| async move {
            let rows: Vec<(Uuid, Uuid, i16, Moment)> = fetch_tuples(&db, select).await?;
            rows.into_iter()
                .map(|(user, movie, half_stars, at)| {
                    Ok(TrainingRating {
                        user: UserId(user),
                        movie: MovieId(movie),
                        stars: stars(movie, half_stars)?,
                        at: at.0,
                    })
                })
                .collect()
        })
        .await
    }

    async fn count_ratings(&self) -> RepositoryResult<u64> {
        let select = Query::select().expr(Expr::col(ratings::Column::HalfStars).count()).from(ratings::Entity).take();
        let row: Option<(i64,)> = self.read_bulk(async |db| fetch_tuple(db, &select).await).await?;
        Ok(row.map_or(0, |(ratings,)| count(ratings)))
    }
}

/// A range of the primary key.
pub(super) fn page(after: Option<(UserId, MovieId)>, limit: u32) -> SelectStatement {
    use ratings::Column::{HalfStars, MovieId as Film, RatedAt, UserId as User};
    let after = after.map(|(user, movie)| {
        Expr::tuple([Expr::col(User), Expr::col(Film)]).gt(Expr::tuple([Expr::val(user.0), Expr::val(movie.0)]))
    });
    Query::select()
        .columns([User, Film, HalfStars, RatedAt])
        .from(ratings::Entity)
        .and_where_option(after)
        .order_by(User, Order::Asc)
        .order_by(Film, Order::Asc)
        .limit(limit.into())
        .take()
}
