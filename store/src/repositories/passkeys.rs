//! Passkeys: journaled as secrets are, so that a rollback brings none back.

use async_trait::async_trait;
use matinee_domain::{Timestamp, UserId};
use matinee_services::ports::{Passkey, PasskeyRemoval, PasskeyRepository, RepositoryError, RepositoryResult};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, Order, Query, SelectStatement},
};
use uuid::Uuid;

use super::{
    accounts::{identities_of, lock},
    identities::has_password,
};
use crate::{
    Store,
    entities::{Moment, passkeys, second_factors},
    failure::{Outcome, not_found},
    journal::{self, Cause},
    sql::{fetch_tuple, fetch_tuples, for_change, moment},
};

use passkeys::Column::{CreatedAt, Id, Name, PublicKey, State, UsedAt, UserId as Owner};

type Row = (String, String, String, String, Moment, Option<Moment>);

#[async_trait]
impl PasskeyRepository for Store {
    async fn list_passkeys(&self, user: UserId) -> RepositoryResult<Vec<Passkey>> {
        let select = theirs(user).order_by(CreatedAt, Order::Asc).order_by(Id, Order::Asc).take();
        let rows: Vec<Row> = self.read(async |db| fetch_tuples(db, &select).await).await?;
        Ok(rows.into_iter().map(|row| read(user, row)).collect())
    }

    async fn lookup_passkey(&self, user: UserId, id: &str) -> RepositoryResult<Option<Passkey>> {
        let select = theirs(user).and_where(Expr::col(Id).eq(id)).take();
        let row: Option<Row> = self.read(async |db| fetch_tuple(db, &select).await).await?;
        Ok(row.map(|row| read(user, row)))
    }

    async fn add_passkey(&self, passkey: &Passkey, most: u32) -> RepositoryResult<()> {
        let user = passkey.user;
        let insert = &Query::insert()
            .into_table(passkeys::Entity)
            .columns([Owner, Id, Name, PublicKey, State, CreatedAt])
            .values_panic([
                user.0.into(),
                passkey.id.as_str().into(),
                passkey.name.as_str().into(),
                passkey.public_key.as_str().into(),
                passkey.state.as_str().into(),
                moment(passkey.created_at).into(),
            ])
            .take();
        self.write(Cause::by(user.0, "add_passkey"), |tx| async move {
            // Of many at once each counts those before it.
            lock(&*tx, user.0).await?;
            if count(&*tx, user.0).await? >= u64::from(most) {
                return Err(RepositoryError::TooMuch { what: "passkeys", limit: most.into() }.into());
            }
            match tx.insert(&journal::PASSKEYS, insert.clone()).await {
                Ok(_) => Ok(()),
                Err(failure) if failure.is_taken() => {
                    Err(RepositoryError::Exists { what: "passkey", key: "id" }.into())
                }
                Err(failure) if failure.is_missing_parent() => Err(not_found("person", user)),
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn rename_passkey(&self, user: UserId, id: &str, name: &str) -> RepositoryResult<bool> {
        self.write(Cause::by(user.0, "rename_passkey"), |tx| async move {
            let update = Query::update().value(Name, name).take();
            Ok(tx.update(&journal::PASSKEYS, update, this(user, id)).await? > 0)
        })
        .await
    }

    async fn set_passkey_used(
        &self,
        user: UserId,
        id: &str,
        before: &str,
        after: &str,
        at: Timestamp,
    ) -> RepositoryResult<bool> {
        self.write(Cause::by(user.0, "use_passkey"), |tx| async move {
            // Whoever uses it at the same time waits for this row, and finds another state.
            let known = Query::select().column(State).from(passkeys::Entity).cond_where(this(user, id)).take();
            let state: Option<(String,)> = fetch_tuple(&*tx, &for_change(known)).await?;
            if state.is_none_or(|(state,)| state != before) {
                return Ok(false);
            }
            let update = Query::update().value(State, after).value(UsedAt, moment(at)).take();
            Ok(tx.update(&journal::PASSKEYS, update, this(user, id)).await? > 0)
        })
        .await
    }

    async fn remove_passkey(&self, user: UserId, id: &str) -> RepositoryResult<PasskeyRemoval> {
        self.write(Cause::by(user.0, "remove_passkey"), |tx| async move {
            lock(&*tx, user.0).await?;
            let known = Query::select().column(Id).from(passkeys::Entity).cond_where(this(user, id)).take();
            if fetch_tuple::<(String,)>(&*tx, &known).await?.is_none() {
                return Ok(PasskeyRemoval::NotTheirs);
            }
            if count(&*tx, user.0).await? == 1 {
                if fetch_tuple::<(i64,)>(&*tx, &step_without_app(user.0)).await?.is_some() {
                    return Ok(PasskeyRemoval::SecondStep);
                }
                let others = fetch_tuple::<(i64,)>(&*tx, &identities_of(user.0)).await?.is_some();
                if !others && !has_password(&*tx, user.0).await? {
                    return Ok(PasskeyRemoval::LastWayIn);
                }
            }
            tx.delete(&journal::PASSKEYS, this(user, id)).await?;
            Ok(PasskeyRemoval::Removed)
        })
        .await
    }
}

fn theirs(user: UserId) -> SelectStatement {
    Query::select()
        .columns([Id, Name, PublicKey, State, CreatedAt, UsedAt])
        .from(passkeys::Entity)
        .and_where(Expr::col(Owner).eq(user.0))
        .take()
}

fn read(user: UserId, (id, name, public_key, state, created_at, used_at): Row) -> Passkey {
    Passkey { user, id, name, public_key, state, created_at: created_at.0, used_at: used_at.map(|at| at.0) }
}

fn this(user: UserId, id: &str) -> Condition {
    Condition::all().add(Expr::col(Owner).eq(user.0)).add(Expr::col(Id).eq(id))
}

/// A second step that has nothing but passkeys to ask for.
fn step_without_app(user: Uuid) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1_i64))
        .from(second_factors::Entity)
        .and_where(Expr::col(second_factors::Column::UserId).eq(user))
        .and_where(Expr::col(second_factors::Column::Secret).eq(""))
        .take()
}

async fn count(db: &impl ConnectionTrait, user: Uuid) -> Outcome<u64> {
    let select =
        Query::select().expr(Expr::col(Id).count()).from(passkeys::Entity).and_where(Expr::col(Owner).eq(user)).take();
    Ok(fetch_tuple::<(i64,)>(db, &select).await?.map_or(0, |(rows,)| crate::sql::count(rows)))
}
