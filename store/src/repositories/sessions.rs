//! Sessions of browsers.

use async_trait::async_trait;
use matinee_domain::{Timestamp, UserId};
use matinee_services::ports::{RepositoryError, RepositoryResult, SessionRepository, StoredSession};
use sea_orm::{
    ConnectionTrait, SqlErr,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::ratings::is_missing_parent;
use crate::{
    Store,
    entities::{Moment, sessions},
    failure::{Failure, not_found},
    sql::{fetch_tuple, moment},
};

use sessions::Column::{Data, ExpiresAt, Id, UserId as Owner, Version};

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
        self.write(|tx| async move {
            match tx.execute(insert).await {
                Ok(_) => Ok(()),
                Err(error) => Err(match error.sql_err() {
                    Some(SqlErr::UniqueConstraintViolation(_)) => {
                        RepositoryError::Exists { what: "session", key: "id" }.into()
                    }
                    _ => owner_missing(error, session),
                }),
            }
        })
        .await
    }

    async fn set(&self, session: &StoredSession) -> RepositoryResult<()> {
        let update = &Query::update()
            .table(sessions::Entity)
            .value(Owner, session.user.map(|user| user.0))
            .value(Data, session.data.as_str())
            .value(ExpiresAt, moment(session.expires_at))
            .value(Version, Expr::col(Version).add(1))
            .and_where(Expr::col(Id).eq(session.id.as_str()))
            .take();
        self.write(|tx| async move {
            let changed = tx.execute(update).await.map_err(|error| owner_missing(error, session))?;
            // Not the id itself: whoever reads the log could take the session over.
            if changed.rows_affected() == 0 { Err(not_found("session", "of that id")) } else { Ok(()) }
        })
        .await
    }

    async fn lookup(&self, id: &str, now: Timestamp) -> RepositoryResult<Option<StoredSession>> {
        let select = Query::select()
            .columns([Owner, Data, ExpiresAt])
            .from(sessions::Entity)
            .and_where(Expr::col(Id).eq(id))
            .and_where(Expr::col(ExpiresAt).gt(moment(now)))
            .take();
        let row: Option<(Option<Uuid>, String, Moment)> = self.read(async |db| fetch_tuple(db, &select).await).await?;
        Ok(row.map(|(user, data, expires_at)| StoredSession {
            id: id.to_owned(),
            user: user.map(UserId),
            data,
            expires_at: expires_at.0,
        }))
    }

    async fn remove(&self, id: &str) -> RepositoryResult<()> {
        let delete = &Query::delete().from_table(sessions::Entity).and_where(Expr::col(Id).eq(id)).take();
        self.write(|tx| async move { Ok(tx.execute(delete).await.map(|_| ())?) }).await
    }

    async fn remove_expired(&self, now: Timestamp) -> RepositoryResult<u64> {
        let delete =
            &Query::delete().from_table(sessions::Entity).and_where(Expr::col(ExpiresAt).lte(moment(now))).take();
        self.write(|tx| async move { Ok(tx.execute(delete).await?.rows_affected()) }).await
    }
}

fn owner_missing(error: sea_orm::DbErr, session: &StoredSession) -> Failure {
    match session.user {
        Some(user) if is_missing_parent(&error) => not_found("person", user),
        _ => Failure::Sql(error),
    }
}
