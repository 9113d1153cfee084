//! Sessions of browsers.

use async_trait::async_trait;
use matinee_domain::{Timestamp, UserId};
use matinee_services::ports::{RepositoryError, RepositoryResult, SessionRepository, StoredSession};
use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition, Order, Query, SelectStatement};
use uuid::Uuid;

use crate::{
    Store,
    entities::{Moment, sessions},
    failure::{Failure, not_found},
    journal::{self, Cause},
    sql::{fetch_tuple, fetch_tuples, moment},
};

use sessions::Column::{Data, ExpiresAt, Id, UserId as Owner};

/// Sessions of one person that are shown.
const MAX_LISTED: u64 = 100;

/// The session of this id, unless it has expired.
pub(super) fn select_live(id: &str, now: Moment) -> SelectStatement {
    Query::select()
        .columns([Owner, Data, ExpiresAt])
        .from(sessions::Entity)
        .and_where(Expr::col(Id).eq(id))
        .and_where(Expr::col(ExpiresAt).gt(now))
        .take()
}

#[async_trait]
impl SessionRepository for Store {
    async fn add(&self, session: &StoredSession) -> RepositoryResult<()> {
        let insert = &Query::insert()
            .into_table(sessions::Entity)
            .columns([Id, Owner, Data, ExpiresAt])
            .values_panic([
                session.id.as_str().into(),
                session.user.map(|user| user.0).into(),
                session.data.as_str().into(),
                moment(session.expires_at).into(),
            ])
            .take();
        self.write(cause(session, "start_session"), |tx| async move {
            match tx.insert(&journal::SESSIONS, insert.clone()).await {
                Ok(_) => Ok(()),
                Err(failure) if failure.is_taken() => {
                    Err(RepositoryError::Exists { what: "session", key: "id" }.into())
                }
                Err(failure) => Err(owner_missing(failure, session)),
            }
        })
        .await
    }

    async fn set(&self, session: &StoredSession) -> RepositoryResult<()> {
        let update = &Query::update()
            .value(Owner, session.user.map(|user| user.0))
            .value(Data, session.data.as_str())
            .value(ExpiresAt, moment(session.expires_at))
            .take();
        self.write(cause(session, "renew_session"), |tx| async move {
            let this = Expr::col(Id).eq(session.id.as_str()).into_condition();
            let changed = tx.update(&journal::SESSIONS, update.clone(), this).await;
            let changed = changed.map_err(|failure| owner_missing(failure, session))?;
            // Not the id itself: whoever reads the log could take the session over.
            if changed == 0 { Err(not_found("session", "of that id")) } else { Ok(()) }
        })
        .await
    }

    async fn lookup(&self, id: &str, now: Timestamp) -> RepositoryResult<Option<StoredSession>> {
        let select = select_live(id, moment(now));
        let row: Option<(Option<Uuid>, String, Moment)> = self.read(async |db| fetch_tuple(db, &select).await).await?;
        Ok(row.map(|(user, data, expires_at)| StoredSession {
            id: id.to_owned(),
            user: user.map(UserId),
            data,
            expires_at: expires_at.0,
        }))
    }

    async fn remove(&self, id: &str) -> RepositoryResult<()> {
        self.write(Cause::system("end_session"), |tx| async move {
            tx.delete(&journal::SESSIONS, Expr::col(Id).eq(id).into_condition()).await?;
            Ok(())
        })
        .await
    }

    async fn list(&self, user: UserId, now: Timestamp) -> RepositoryResult<Vec<StoredSession>> {
        let select = Query::select()
            .columns([Id, Data, ExpiresAt])
            .from(sessions::Entity)
            .and_where(Expr::col(Owner).eq(user.0))
            .and_where(Expr::col(ExpiresAt).gt(moment(now)))
            .order_by(ExpiresAt, Order::Desc)
            .order_by(Id, Order::Asc)
            .limit(MAX_LISTED)
            .take();
        let rows: Vec<(String, String, Moment)> = self.read(async |db| fetch_tuples(db, &select).await).await?;
        let session = |(id, data, expires_at): (String, String, Moment)| StoredSession {
            id,
            user: Some(user),
            data,
            expires_at: expires_at.0,
        };
        Ok(rows.into_iter().map(session).collect())
    }

    async fn remove_all(&self, user: UserId, keep: Option<&str>) -> RepositoryResult<u64> {
        self.write(Cause::by(user.0, "end_sessions"), |tx| async move {
            let mut theirs = Expr::col(Owner).eq(user.0).into_condition();
            if let Some(keep) = keep {
                theirs = theirs.add(Expr::col(Id).ne(keep));
            }
            tx.delete(&journal::SESSIONS, theirs).await
        })
        .await
    }

    async fn remove_everybodys(&self) -> RepositoryResult<u64> {
        self.write(Cause::system("end_sessions"), |tx| async move {
            tx.delete(&journal::SESSIONS, Expr::col(Id).is_not_null().into_condition()).await
        })
        .await
    }

    async fn remove_expired(&self, now: Timestamp) -> RepositoryResult<u64> {
        self.write(Cause::system("expire_sessions"), |tx| async move {
            tx.delete(&journal::SESSIONS, Expr::col(ExpiresAt).lte(moment(now)).into_condition()).await
        })
        .await
    }
}

/// A person's own session is their doing.
fn cause(session: &StoredSession, reason: &'static str) -> Cause {
    session.user.map_or(Cause::system(reason), |user| Cause::by(user.0, reason))
}

fn owner_missing(failure: Failure, session: &StoredSession) -> Failure {
    match session.user {
        Some(user) if failure.is_missing_parent() => not_found("person", user),
        _ => failure,
    }
}
