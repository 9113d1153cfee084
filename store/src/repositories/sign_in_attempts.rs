//! Sign-ins begun at other providers. None of it is journaled: a row is a secret that lives for minutes.

use async_trait::async_trait;
use matinee_domain::{Timestamp, UserId};
use matinee_services::ports::{RepositoryError, RepositoryResult, SignInAttempt, SignInAttemptRepository};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use crate::{
    Store,
    entities::{Moment, sign_in_attempts},
    journal::Cause,
    sql::moment,
};

use sign_in_attempts::Column::{Back, Browser, ExpiresAt, Id, Nonce, Provider, UserId as Whose, Verifier};

/// What is kept beside the id, in the order of the columns.
type Row = (String, String, String, String, String, Option<Uuid>, Moment);

#[async_trait]
impl SignInAttemptRepository for Store {
    async fn add(&self, attempt: &SignInAttempt) -> RepositoryResult<()> {
        let insert = &Query::insert()
            .into_table(sign_in_attempts::Entity)
            .columns([Id, Browser, Provider, Nonce, Verifier, Back, Whose, ExpiresAt])
            .values_panic([
                attempt.id.as_str().into(),
                attempt.browser.as_str().into(),
                attempt.provider.as_str().into(),
                attempt.nonce.as_str().into(),
                attempt.verifier.as_str().into(),
                attempt.back.as_str().into(),
                attempt.user.map(|user| user.0).into(),
                moment(attempt.expires_at).into(),
            ])
            .take();
        self.write(Cause::system("begin_sign_in"), |tx| async move {
            match tx.execute(insert).await.map_err(crate::failure::Failure::from) {
                Ok(_) => Ok(()),
                Err(failure) if failure.is_taken() => {
                    Err(RepositoryError::Exists { what: "attempt", key: "id" }.into())
                }
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn take(&self, id: &str, now: Timestamp) -> RepositoryResult<Option<SignInAttempt>> {
        let delete = &Query::delete()
            .from_table(sign_in_attempts::Entity)
            .and_where(Expr::col(Id).eq(id))
            .returning(Query::returning().columns([Browser, Provider, Nonce, Verifier, Back, Whose, ExpiresAt]))
            .take();
        let taken = self.write(Cause::system("end_sign_in"), |tx| async move {
            let row = tx.query_one(delete).await?;
            Ok(row.as_ref().map(QueryResult::try_get_many_by_index).transpose()?)
        });
        let row: Option<Row> = taken.await?;
        let attempt = row.map(|(browser, provider, nonce, verifier, back, user, expires_at)| SignInAttempt {
            id: id.to_owned(),
            browser,
            provider,
            nonce,
            verifier,
            back,
            user: user.map(UserId),
            expires_at: expires_at.0,
        });
        Ok(attempt.filter(|attempt| attempt.expires_at > now))
    }

    async fn remove_expired(&self, now: Timestamp) -> RepositoryResult<u64> {
        let expired = Expr::col(ExpiresAt).lte(moment(now));
        let delete = &Query::delete().from_table(sign_in_attempts::Entity).and_where(expired).take();
        self.write(Cause::system("expire_sign_ins"), |tx| async move { Ok(tx.execute(delete).await?.rows_affected()) })
            .await
    }
}
