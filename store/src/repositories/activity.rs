//! Searches, views and marks.

use async_trait::async_trait;
use matinee_domain::{MovieId, Timestamp, UserId, activity::Mark};
use matinee_services::ports::{ActivityRepository, RepositoryResult, StoredActivity, Taste};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, InsertStatement, OnConflict, Order, Query},
};
use uuid::Uuid;

use super::{ratings::is_missing_parent, taste};
use crate::{
    Store,
    entities::{Moment, activity, marks, users},
    failure::{Failure, Outcome, not_found},
    sql::{fetch_tuple, fetch_tuples, moment},
};

#[async_trait]
impl ActivityRepository for Store {
    async fn add_view(&self, user: UserId, movie: MovieId, query: Option<&str>, at: Timestamp) -> RepositoryResult<()> {
        let insert = &view(user, movie, query.unwrap_or_default().trim(), at);
        self.write(|tx| async move {
            if keeps_history(&*tx, user).await? {
                put(&*tx, insert, movie).await?;
            }
            Ok(())
        })
        .await
    }

    async fn list(&self, user: UserId, limit: u32) -> RepositoryResult<Vec<StoredActivity>> {
        use activity::Column::{At, MovieId as Film, Query as Text, UserId as User};
        let select = Query::select()
            .columns([Text, Film, At])
            .from(activity::Entity)
            .and_where(Expr::col(User).eq(user.0))
            .order_by(At, Order::Desc)
            .limit(limit.into())
            .take();
        let rows: Vec<(String, Uuid, Moment)> = self.read(async |db| fetch_tuples(db, &select).await).await?;
        let entry = |(query, movie, at): (String, Uuid, Moment)| StoredActivity {
            query: Some(query).filter(|query| !query.is_empty()),
            movie: MovieId(movie),
            at: at.0,
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    async fn clear(&self, user: UserId) -> RepositoryResult<()> {
        let delete = &Query::delete()
            .from_table(activity::Entity)
            .and_where(Expr::col(activity::Column::UserId).eq(user.0))
            .take();
        self.write(|tx| async move { Ok(tx.execute(delete).await.map(|_| ())?) }).await
    }

    async fn set_mark(&self, user: UserId, movie: MovieId, mark: Mark, at: Timestamp) -> RepositoryResult<()> {
        let insert = &marked(user, movie, mark, at);
        self.write(|tx| async move {
            keeps_history(&*tx, user).await?;
            put(&*tx, insert, movie).await
        })
        .await
    }

    async fn remove_mark(&self, user: UserId, movie: MovieId, mark: Mark) -> RepositoryResult<()> {
        let delete = &Query::delete()
            .from_table(marks::Entity)
            .and_where(Expr::col(marks::Column::UserId).eq(user.0))
            .and_where(Expr::col(marks::Column::MovieId).eq(movie.0))
            .and_where(Expr::col(marks::Column::Mark).eq(mark.as_str()))
            .take();
        self.write(|tx| async move { Ok(tx.execute(delete).await.map(|_| ())?) }).await
    }

    async fn list_marked(&self, user: UserId, mark: Mark) -> RepositoryResult<Vec<MovieId>> {
        let select = Query::select()
            .column(marks::Column::MovieId)
            .from(marks::Entity)
            .and_where(Expr::col(marks::Column::UserId).eq(user.0))
            .and_where(Expr::col(marks::Column::Mark).eq(mark.as_str()))
            .order_by(marks::Column::At, Order::Desc)
            .order_by(marks::Column::MovieId, Order::Asc)
            .take();
        let rows: Vec<(Uuid,)> = self.read(async |db| fetch_tuples(db, &select).await).await?;
        Ok(rows.into_iter().map(|(movie,)| MovieId(movie)).collect())
    }

    async fn get_taste(&self, user: UserId, max_events: u32) -> RepositoryResult<Taste> {
        self.read(async |db| taste::get(db, user.0, max_events).await).await
    }
}

/// Whether the person does; `NotFound` where there is no such person.
async fn keeps_history(tx: &impl ConnectionTrait, user: UserId) -> Outcome<bool> {
    let select = Query::select()
        .column(users::Column::KeepsHistory)
        .from(users::Entity)
        .and_where(Expr::col(users::Column::Id).eq(user.0))
        .take();
    let kept: Option<(bool,)> = fetch_tuple(tx, &select).await?;
    kept.map(|(keeps,)| keeps).ok_or_else(|| not_found("person", user))
}

/// One row for each way to a film; the latest moment stays.
fn view(user: UserId, movie: MovieId, query: &str, at: Timestamp) -> InsertStatement {
    use activity::Column::{At, MovieId as Film, Query as Text, UserId as User, Version};
    let at = moment(at);
    Query::insert()
        .into_table(activity::Entity)
        .columns([User, Film, Text, At])
        .values_panic([user.0.into(), movie.0.into(), query.into(), at.into()])
        .on_conflict(
            OnConflict::columns([User, Film, Text])
                .update_column(At)
                .value(Version, Expr::col((activity::Entity, Version)).add(1))
                .action_and_where(Expr::col((activity::Entity, At)).lt(at))
                .to_owned(),
        )
        .take()
}

fn marked(user: UserId, movie: MovieId, mark: Mark, at: Timestamp) -> InsertStatement {
    use marks::Column::{At, Mark as Name, MovieId as Film, UserId as User, Version};
    let at = moment(at);
    Query::insert()
        .into_table(marks::Entity)
        .columns([User, Film, Name, At])
        .values_panic([user.0.into(), movie.0.into(), mark.as_str().into(), at.into()])
        .on_conflict(
            OnConflict::columns([User, Film, Name])
                .update_column(At)
                .value(Version, Expr::col((marks::Entity, Version)).add(1))
                .action_and_where(Expr::col((marks::Entity, At)).lt(at))
                .to_owned(),
        )
        .take()
}

/// Runs an insert for a person who is known to be there.
async fn put(tx: &impl ConnectionTrait, insert: &InsertStatement, movie: MovieId) -> Outcome<()> {
    match tx.execute(insert).await {
        Ok(_) => Ok(()),
        Err(error) if is_missing_parent(&error) => Err(not_found("film", movie)),
        Err(error) => Err(Failure::Sql(error)),
    }
}
