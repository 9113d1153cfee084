//! People with an account, and their roles.

use async_trait::async_trait;
use matinee_domain::{Email, Role, UserId};
use matinee_services::ports::{PeopleRepository, Person, RepositoryResult, RoleChange};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, Func, IntoCondition, Order, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use super::accounts::has_account;
use crate::{
    Store,
    entities::{Moment, identities, passkeys, ratings, users},
    failure::{Outcome, damaged, not_found},
    journal::{self, Cause},
    sql::{count, fetch_tuple, fetch_tuples, for_change, holding},
};

use users::Column::{CreatedAt, Email as Address, Id, Name, Role as Kept};

type Row = (Uuid, String, Option<String>, String, Moment);

#[async_trait]
impl PeopleRepository for Store {
    async fn lookup_role(&self, user: UserId) -> RepositoryResult<Option<Role>> {
        let select = Query::select()
            .column(Kept)
            .from(users::Entity)
            .and_where(Expr::col(Id).eq(user.0))
            .and_where(has_account(user.0))
            .take();
        self.read(async |db| {
            let row: Option<(String,)> = fetch_tuple(db, &select).await?;
            row.map(|(kept,)| role(user.0, &kept)).transpose()
        })
        .await
    }

    async fn lookup_person(&self, user: UserId) -> RepositoryResult<Option<Person>> {
        self.read(async |db| lookup(db, Expr::col(Id).eq(user.0).and(has_account(user.0))).await).await
    }

    async fn lookup_by_email(&self, email: &Email) -> RepositoryResult<Option<Person>> {
        self.read(async |db| lookup(db, Expr::col(Address).eq(email.as_str())).await).await
    }

    async fn list_people(
        &self,
        text: &str,
        wanted: Option<Role>,
        after: Option<&str>,
        limit: u32,
    ) -> RepositoryResult<Vec<Person>> {
        let holds = |column: users::Column| {
            Expr::expr(Func::lower(Expr::col(column))).like(holding(&text.to_ascii_lowercase()))
        };
        let matching =
            people().and_where_option(wanted.map(|role| Expr::col(Kept).eq(role.as_str()))).limit(limit.into()).take();
        let without_address = after.and_then(|after| Uuid::parse_str(after).ok());
        let with_address = matching
            .clone()
            .and_where(Expr::col(Address).is_not_null())
            .cond_where(Condition::any().add(holds(Name)).add(holds(Address)))
            .and_where_option(after.map(|after| Expr::col(Address).gt(after)))
            .order_by(Address, Order::Asc)
            .take();
        let others = matching
            .clone()
            .and_where(Expr::col(Address).is_null())
            .and_where(holds(Name))
            .and_where(Expr::col(Id).in_subquery(with_way_in()))
            .and_where(Expr::col(Id).gt(without_address.unwrap_or_default()))
            .order_by(Id, Order::Asc)
            .take();
        self.read_bulk(async |db| {
            let mut rows: Vec<Row> = Vec::new();
            if without_address.is_none() {
                rows = fetch_tuples(db, &with_address).await?;
            }
            if rows.len() < limit as usize {
                rows.extend(fetch_tuples::<Row>(db, &others).await?);
                rows.truncate(limit as usize);
            }
            let mut list = Vec::with_capacity(rows.len());
            for row in rows {
                list.push(complete(db, row).await?);
            }
            Ok(list)
        })
        .await
    }

    async fn set_role(&self, user: UserId, role: Role) -> RepositoryResult<RoleChange> {
        self.write(Cause::system("set_role"), |tx| async move {
            // All admins are locked, so that the last two can't both go at once.
            let concerned = Query::select()
                .columns([Id, Kept])
                .from(users::Entity)
                .cond_where(
                    Condition::any().add(Expr::col(Id).eq(user.0)).add(Expr::col(Kept).eq(Role::Admin.as_str())),
                )
                .cond_where(
                    Condition::any()
                        .add(Expr::col(Address).is_not_null())
                        .add(Expr::col(Id).in_subquery(with_way_in())),
                )
                .order_by(Id, Order::Asc)
                .take();
            let concerned: Vec<(Uuid, String)> = fetch_tuples(&*tx, &for_change(concerned)).await?;
            let Some((_, now)) = concerned.iter().find(|(id, _)| *id == user.0) else {
                return Err(not_found("person", user));
            };
            if now == role.as_str() {
                return Ok(RoleChange::Same);
            }
            if now == Role::Admin.as_str() && concerned.len() == 1 {
                return Ok(RoleChange::LastAdmin);
            }
            let update = Query::update().value(Kept, role.as_str()).take();
            tx.update(&journal::USERS, update, Expr::col(Id).eq(user.0).into_condition()).await?;
            Ok(RoleChange::Done)
        })
        .await
    }
}

/// Everybody, raters of data sets, too.
fn people() -> SelectStatement {
    Query::select().columns([Id, Name, Address, Kept, CreatedAt]).from(users::Entity).take()
}

/// Ids of those who can sign in without an address.
fn with_way_in() -> SelectStatement {
    let passkeys = Query::select().column(passkeys::Column::UserId).from(passkeys::Entity).take();
    Query::select()
        .column(identities::Column::UserId)
        .from(identities::Entity)
        .union(UnionType::Distinct, passkeys)
        .take()
}

async fn lookup(db: &impl ConnectionTrait, which: Expr) -> Outcome<Option<Person>> {
    match fetch_tuple::<Row>(db, &people().and_where(which).take()).await? {
        Some(row) => complete(db, row).await.map(Some),
        None => Ok(None),
    }
}

async fn complete(db: &impl ConnectionTrait, row: Row) -> Outcome<Person> {
    let (id, name, email, kept, created_at) = row;
    let rated = Query::select()
        .expr(Expr::col(ratings::Column::MovieId).count())
        .from(ratings::Entity)
        .and_where(Expr::col(ratings::Column::UserId).eq(id))
        .take();
    let rated: Option<(i64,)> = fetch_tuple(db, &rated).await?;
    Ok(Person {
        id: UserId(id),
        name,
        email: email.unwrap_or_default(),
        role: role(id, &kept)?,
        created_at: created_at.0,
        ratings: rated.map_or(0, |(rated,)| count(rated)),
    })
}

fn role(user: Uuid, kept: &str) -> Outcome<Role> {
    kept.parse().map_err(|error| damaged("person", user, error))
}
