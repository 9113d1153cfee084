//! Evenings that people plan together. The journal tells that somebody planned, joined and left one, by digests of keys; a rollback brings
//! nothing of it back, for taking part is a consent that only the person themselves can give again.

use std::collections::HashMap;

use async_trait::async_trait;
use matinee_domain::{Timestamp, UserId};
use matinee_services::ports::{
    Evening, EveningRepository, Guest, Joining, NewEvening, RepositoryError, RepositoryResult,
};
use sea_orm::{
    ConnectionTrait,
    sea_query::{
        Condition, DeleteStatement, Expr, ExprTrait, InsertStatement, IntoCondition, OnConflict, Order, Query,
        SelectStatement,
    },
};
use uuid::Uuid;

use super::accounts::lock;
use crate::{
    Store,
    entities::{Moment, evening_guests, evenings, users},
    failure::{Outcome, not_found},
    journal::{self, Cause},
    sql::{among, count, fetch_tuple, fetch_tuples, for_change, moment},
};

use evening_guests::Column::{EveningId, JoinedAt, UserId as GuestId};
use evenings::Column::{CreatedAt, ExpiresAt, Id, LinkHash, UserId as Host};

/// Id, host, digest of the link, when it was made and when it ends.
type Row = (Uuid, Uuid, Option<String>, Moment, Moment);

#[async_trait]
impl EveningRepository for Store {
    async fn add_evening(&self, evening: &NewEvening, most: u32) -> RepositoryResult<()> {
        let (host, now) = (evening.host, evening.created_at);
        let insert = &Query::insert()
            .into_table(evenings::Entity)
            .columns([Id, Host, LinkHash, CreatedAt, ExpiresAt])
            .values_panic([
                evening.id.into(),
                host.0.into(),
                evening.link_hash.as_str().into(),
                moment(now).into(),
                moment(evening.expires_at).into(),
            ])
            .take();
        self.write(Cause::by(host.0, "plan_evening"), |tx| async move {
            // Of many at once each counts those before it.
            lock(&*tx, host.0).await?;
            let planned = Query::select()
                .expr(Expr::col(Id).count())
                .from(evenings::Entity)
                .and_where(Expr::col(Host).eq(host.0))
                .and_where(Expr::col(ExpiresAt).gt(moment(now)))
                .take();
            let planned = fetch_tuple::<(i64,)>(&*tx, &planned).await?.map_or(0, |(rows,)| count(rows));
            if planned >= u64::from(most) {
                return Err(RepositoryError::TooMuch { what: "evenings", limit: most.into() }.into());
            }
            match tx.insert(&journal::EVENINGS, insert.clone()).await {
                Ok(_) => {}
                Err(failure) if failure.is_missing_parent() => return Err(not_found("person", host)),
                Err(failure) => return Err(failure),
            }
            tx.insert(&journal::EVENING_GUESTS, guest(host, evening.id, now)).await?;
            Ok(())
        })
        .await
    }

    async fn lookup_evening(&self, id: Uuid, now: Timestamp) -> RepositoryResult<Option<Evening>> {
        Ok(self.evenings_of(Expr::col(Id).eq(id), now).await?.pop())
    }

    async fn lookup_evening_by_link(&self, link_hash: &str, now: Timestamp) -> RepositoryResult<Option<Evening>> {
        Ok(self.evenings_of(Expr::col(LinkHash).eq(link_hash), now).await?.pop())
    }

    async fn list_evenings(&self, user: UserId, now: Timestamp) -> RepositoryResult<Vec<Evening>> {
        let theirs = Query::select()
            .column(EveningId)
            .from(evening_guests::Entity)
            .and_where(Expr::col(GuestId).eq(user.0))
            .take();
        self.evenings_of(Expr::col(Id).in_subquery(theirs), now).await
    }

    async fn set_evening_link(&self, id: Uuid, host: UserId, link_hash: Option<&str>) -> RepositoryResult<bool> {
        self.write(Cause::by(host.0, "invite_to_evening"), |tx| async move {
            let update = Query::update().value(LinkHash, link_hash.map(str::to_owned)).take();
            Ok(tx.update(&journal::EVENINGS, update, planned_by(id, host)).await? > 0)
        })
        .await
    }

    async fn join_evening(&self, link_hash: &str, user: UserId, at: Timestamp, most: u32) -> RepositoryResult<Joining> {
        self.write(Cause::by(user.0, "join_evening"), |tx| async move {
            // Whoever joins, revokes the link or ends it at the same time waits.
            let found = Query::select()
                .column(Id)
                .from(evenings::Entity)
                .and_where(Expr::col(LinkHash).eq(link_hash))
                .and_where(Expr::col(ExpiresAt).gt(moment(at)))
                .take();
            let Some((id,)) = fetch_tuple::<(Uuid,)>(&*tx, &for_change(found)).await? else {
                return Ok(Joining::NoSuchLink);
            };
            let there: Vec<(Uuid,)> = fetch_tuples(&*tx, &who_comes_to(id)).await?;
            if there.contains(&(user.0,)) {
                return Ok(Joining::Joined(id));
            }
            if there.len() >= most as usize {
                return Ok(Joining::Full);
            }
            match tx.insert(&journal::EVENING_GUESTS, guest(user, id, at)).await {
                Ok(_) => Ok(Joining::Joined(id)),
                Err(failure) if failure.is_missing_parent() => Err(not_found("person", user)),
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn leave_evening(&self, id: Uuid, user: UserId) -> RepositoryResult<bool> {
        self.write(Cause::by(user.0, "leave_evening"), |tx| async move {
            let known = Query::select().column(Id).from(evenings::Entity).cond_where(planned_by(id, user)).take();
            if fetch_tuple::<(Uuid,)>(&*tx, &known).await?.is_some() {
                return Ok(false);
            }
            let this = Condition::all().add(Expr::col(GuestId).eq(user.0)).add(Expr::col(EveningId).eq(id));
            Ok(tx.delete(&journal::EVENING_GUESTS, this).await? > 0)
        })
        .await
    }

    async fn remove_evening(&self, id: Uuid, host: UserId) -> RepositoryResult<bool> {
        self.write(Cause::by(host.0, "end_evening"), |tx| async move {
            let known = Query::select().column(Id).from(evenings::Entity).cond_where(planned_by(id, host)).take();
            if fetch_tuple::<(Uuid,)>(&*tx, &for_change(known)).await?.is_none() {
                return Ok(false);
            }
            tx.delete(&journal::EVENING_GUESTS, Expr::col(EveningId).eq(id).into_condition()).await?;
            Ok(tx.delete(&journal::EVENINGS, planned_by(id, host)).await? > 0)
        })
        .await
    }

    async fn remove_expired_evenings(&self, now: Timestamp) -> RepositoryResult<u64> {
        self.write(Cause::system("expire_evenings"), |tx| async move {
            let over = Expr::col(ExpiresAt).lte(moment(now));
            let ids = Query::select().column(Id).from(evenings::Entity).and_where(over.clone()).take();
            tx.delete(&journal::EVENING_GUESTS, Expr::col(EveningId).in_subquery(ids).into_condition()).await?;
            tx.delete(&journal::EVENINGS, over.into_condition()).await
        })
        .await
    }
}

impl Store {
    /// Evenings that are not over, with who takes part, the latest first.
    async fn evenings_of(&self, which: Expr, now: Timestamp) -> RepositoryResult<Vec<Evening>> {
        let select = Query::select()
            .columns([Id, Host, LinkHash, CreatedAt, ExpiresAt])
            .from(evenings::Entity)
            .and_where(which)
            .and_where(Expr::col(ExpiresAt).gt(moment(now)))
            .order_by(CreatedAt, Order::Desc)
            .order_by(Id, Order::Asc)
            .take();
        self.read(async |db| {
            let rows: Vec<Row> = fetch_tuples(db, &select).await?;
            let ids: Vec<Uuid> = rows.iter().map(|row| row.0).collect();
            let mut guests = guests_of(db, &ids).await?;
            let evenings = rows.into_iter().map(|(id, host, link, created_at, expires_at)| Evening {
                id,
                host: UserId(host),
                has_link: link.is_some(),
                created_at: created_at.0,
                expires_at: expires_at.0,
                guests: guests.remove(&id).unwrap_or_default(),
            });
            Ok(evenings.collect())
        })
        .await
    }
}

async fn guests_of(db: &impl ConnectionTrait, evenings: &[Uuid]) -> Outcome<HashMap<Uuid, Vec<Guest>>> {
    let mut guests: HashMap<Uuid, Vec<Guest>> = HashMap::new();
    if evenings.is_empty() {
        return Ok(guests);
    }
    let select = Query::select()
        .columns([
            (evening_guests::Entity, EveningId),
            (evening_guests::Entity, GuestId),
            (evening_guests::Entity, JoinedAt),
        ])
        .column((users::Entity, users::Column::Name))
        .from(evening_guests::Entity)
        .inner_join(
            users::Entity,
            Expr::col((users::Entity, users::Column::Id)).equals((evening_guests::Entity, GuestId)),
        )
        .and_where(among(Expr::col((evening_guests::Entity, EveningId)), evenings))
        .order_by((evening_guests::Entity, JoinedAt), Order::Asc)
        .order_by((evening_guests::Entity, GuestId), Order::Asc)
        .take();
    let rows: Vec<(Uuid, Uuid, Moment, String)> = fetch_tuples(db, &select).await?;
    for (evening, user, joined_at, name) in rows {
        guests.entry(evening).or_default().push(Guest { user: UserId(user), name, joined_at: joined_at.0 });
    }
    Ok(guests)
}

fn guest(user: UserId, evening: Uuid, at: Timestamp) -> InsertStatement {
    Query::insert()
        .into_table(evening_guests::Entity)
        .columns([GuestId, EveningId, JoinedAt])
        .values_panic([user.0.into(), evening.into(), moment(at).into()])
        .on_conflict(OnConflict::columns([GuestId, EveningId]).do_nothing().to_owned())
        .take()
}

fn who_comes_to(evening: Uuid) -> SelectStatement {
    Query::select().column(GuestId).from(evening_guests::Entity).and_where(Expr::col(EveningId).eq(evening)).take()
}

fn planned_by(id: Uuid, host: UserId) -> Condition {
    Condition::all().add(Expr::col(Id).eq(id)).add(Expr::col(Host).eq(host.0))
}

/// Takes the guests out of every evening that this person plans.
pub(super) fn guests_of_planned(host: Uuid) -> DeleteStatement {
    let planned = Query::select().column(Id).from(evenings::Entity).and_where(Expr::col(Host).eq(host)).take();
    Query::delete().from_table(evening_guests::Entity).and_where(Expr::col(EveningId).in_subquery(planned)).take()
}
