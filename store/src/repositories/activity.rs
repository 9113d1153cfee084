//! Searches, views and marks.

use async_trait::async_trait;
use matinee_domain::{MovieId, Timestamp, UserId, activity::Mark};
use matinee_services::ports::{ActivityRepository, Opinion, Opinions, RepositoryResult, StoredActivity, Taste, View};
use sea_orm::{
    ConnectionTrait,
    sea_query::{
        Condition, Expr, ExprTrait, InsertStatement, IntoCondition, OnConflict, Order, Query, SelectStatement,
    },
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{taste, views};
use crate::{
    Store,
    entities::{Moment, activity, marks, trial_shown, users},
    failure::{Outcome, not_found},
    journal::{self, Cause, Row, Table, Tx},
    sql::{fetch_tuple, fetch_tuples, moment},
};

#[async_trait]
impl ActivityRepository for Store {
    async fn add_view(&self, user: UserId, movie: MovieId, query: Option<&str>, at: Timestamp) -> RepositoryResult<()> {
        let query = query.unwrap_or_default().trim();
        self.write(Cause::by(user.0, "view"), |tx| async move {
            let view = view(user, movie, query, at);
            // Mostly it is there already; then this is the only question.
            let kept =
                tx.select(&journal::ACTIVITY, view.this.clone().add(Expr::exists(who_keeps_history(user)))).await?;
            if !kept.is_empty() || keeps_history(&*tx, user).await? {
                put(&*tx, &journal::ACTIVITY, view, kept, user, movie).await?;
            }
            Ok(())
        })
        .await
    }

    async fn add_views(&self, several: &[View]) -> RepositoryResult<()> {
        self.write(Cause::system("view"), |tx| async move { views::put(&*tx, several).await }).await
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
        self.write(Cause::by(user.0, "clear_history"), |tx| async move {
            let theirs = Expr::col(activity::Column::UserId).eq(user.0).into_condition();
            tx.delete(&journal::ACTIVITY, theirs).await?;
            // That a recommended film was opened is a view, too.
            let shown = Expr::col(trial_shown::Column::UserId).eq(user.0);
            tx.execute(&Query::delete().from_table(trial_shown::Entity).and_where(shown).take()).await?;
            Ok(())
        })
        .await
    }

    async fn set_mark(&self, user: UserId, movie: MovieId, mark: Mark, at: Timestamp) -> RepositoryResult<()> {
        self.write(Cause::by(user.0, "mark"), |tx| async move {
            keeps_history(&*tx, user).await?;
            let mark = marked(user, movie, mark, at);
            let kept = tx.select(&journal::MARKS, mark.this.clone()).await?;
            put(&*tx, &journal::MARKS, mark, kept, user, movie).await
        })
        .await
    }

    async fn remove_mark(&self, user: UserId, movie: MovieId, mark: Mark) -> RepositoryResult<()> {
        self.write(Cause::by(user.0, "unmark"), |tx| async move {
            if let Some(kept) = tx.select(&journal::MARKS, this_mark(user, movie, mark)).await?.pop() {
                tx.delete_one(&journal::MARKS, &kept).await?;
            }
            Ok(())
        })
        .await
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

    async fn get_opinions(&self, user: UserId, movie: MovieId) -> RepositoryResult<(Opinions, Opinion)> {
        self.read(async |db| taste::get_opinions(db, user.0, movie).await).await
    }

    async fn get_taste(&self, user: UserId, max_events: u32) -> RepositoryResult<Taste> {
        self.read(async |db| taste::get(db, user.0, max_events).await).await
    }
}

/// Whether the person does; `NotFound` where there is no such person.
pub(super) async fn keeps_history(tx: &impl ConnectionTrait, user: UserId) -> Outcome<bool> {
    let select = Query::select()
        .column(users::Column::KeepsHistory)
        .from(users::Entity)
        .and_where(Expr::col(users::Column::Id).eq(user.0))
        .take();
    let kept: Option<(bool,)> = fetch_tuple(tx, &select).await?;
    kept.map(|(keeps,)| keeps).ok_or_else(|| not_found("person", user))
}

/// Finds a row where the person is there and does.
fn who_keeps_history(user: UserId) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(users::Entity)
        .and_where(Expr::col((users::Entity, users::Column::Id)).eq(user.0))
        .and_where(Expr::col((users::Entity, users::Column::KeepsHistory)).eq(true))
        .take()
}

/// A row that is to be there at this moment or a later one.
struct Dated {
    this: Condition,
    key: Vec<Json>,
    at: Moment,
    insert: InsertStatement,
}

/// One row for each way to a film; the latest moment stays.
fn view(user: UserId, movie: MovieId, query: &str, at: Timestamp) -> Dated {
    use activity::Column::{At, MovieId as Film, Query as Text, UserId as User};
    let at = moment(at);
    let insert = Query::insert()
        .into_table(activity::Entity)
        .columns([User, Film, Text, At])
        .values_panic([user.0.into(), movie.0.into(), query.into(), at.into()])
        .on_conflict(OnConflict::columns([User, Film, Text]).do_nothing().to_owned())
        .take();
    let this = Condition::all()
        .add(Expr::col(User).eq(user.0))
        .add(Expr::col(Film).eq(movie.0))
        .add(Expr::col(Text).eq(query));
    Dated { this, key: key_of(user.0, movie.0, query), at, insert }
}

fn marked(user: UserId, movie: MovieId, mark: Mark, at: Timestamp) -> Dated {
    use marks::Column::{At, Mark as Name, MovieId as Film, UserId as User};
    let at = moment(at);
    let insert = Query::insert()
        .into_table(marks::Entity)
        .columns([User, Film, Name, At])
        .values_panic([user.0.into(), movie.0.into(), mark.as_str().into(), at.into()])
        .on_conflict(OnConflict::columns([User, Film, Name]).do_nothing().to_owned())
        .take();
    Dated { this: this_mark(user, movie, mark), key: key_of(user.0, movie.0, mark.as_str()), at, insert }
}

fn this_mark(user: UserId, movie: MovieId, mark: Mark) -> Condition {
    use marks::Column::{Mark as Name, MovieId as Film, UserId as User};
    Condition::all()
        .add(Expr::col(User).eq(user.0))
        .add(Expr::col(Film).eq(movie.0))
        .add(Expr::col(Name).eq(mark.as_str()))
}

/// The values of the key, as the journal has them.
pub(super) fn key_of(user: Uuid, movie: Uuid, third: &str) -> Vec<Json> {
    vec![user.to_string().into(), movie.to_string().into(), third.into()]
}

/// Writes a row, of which `kept` is what is there, for a person who is known to be there.
async fn put<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    table: &'static Table,
    row: Dated,
    mut kept: Vec<Row>,
    user: UserId,
    movie: MovieId,
) -> Outcome<()> {
    let Dated { this: _, key, at, insert } = row;
    if let Some(kept) = kept.pop() {
        let is_earlier = kept.get(table, "at").as_i64().is_none_or(|kept| kept < at.0.timestamp_millis());
        if is_earlier {
            tx.update_one(table, Query::update().value("at", at).take(), &kept).await?;
        }
        return Ok(());
    }
    match tx.insert_one(table, insert, key, user.0).await {
        Ok(_) => Ok(()),
        Err(failure) if failure.is_missing_parent() => Err(not_found("film", movie)),
        Err(failure) => Err(failure),
    }
}
