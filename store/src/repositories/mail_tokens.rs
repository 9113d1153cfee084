//! Tokens that were sent to addresses. What they do is journaled, they themselves are not.

use async_trait::async_trait;
use matinee_domain::{Email, Timestamp, UserId};
use matinee_services::ports::{
    Confirmed, MailPurpose, MailToken, MailTokenRepository, RepositoryError, RepositoryResult,
};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Condition, Expr, ExprTrait, IntoCondition, Query, SelectStatement},
};
use uuid::Uuid;

use super::accounts::lock;
use crate::{
    Store,
    entities::{
        Moment, api_tokens, identities, mail_tokens, passkeys, recovery_codes, second_factors, sessions, users,
    },
    failure::{Failure, Outcome, damaged, not_found},
    journal::{self, Cause, Tx},
    sql::{fetch_tuple, moment},
};

use mail_tokens::Column::{Email as SentTo, ExpiresAt, Id, Purpose, UserId as Whose};

/// Person, address, and the end of a token.
type Row = (Uuid, String, Moment);

#[async_trait]
impl MailTokenRepository for Store {
    async fn lookup_by_address(&self, email: &Email) -> RepositoryResult<Option<UserId>> {
        let select = Query::select()
            .column(users::Column::Id)
            .from(users::Entity)
            .and_where(Expr::col(users::Column::Email).eq(email.as_str()))
            .take();
        let row: Option<(Uuid,)> = self.read(async |db| fetch_tuple(db, &select).await).await?;
        Ok(row.map(|(user,)| UserId(user)))
    }

    async fn is_confirmed(&self, user: UserId) -> RepositoryResult<bool> {
        let select = address_of(user.0);
        let row: Option<(Option<String>, Option<Moment>)> =
            self.read(async |db| fetch_tuple(db, &select).await).await?;
        Ok(row.is_some_and(|(email, confirmed_at)| email.is_some() && confirmed_at.is_some()))
    }

    async fn add_mail_token(&self, token: &MailToken) -> RepositoryResult<()> {
        let insert = &Query::insert()
            .into_table(mail_tokens::Entity)
            .columns([Id, Whose, Purpose, SentTo, ExpiresAt])
            .values_panic([
                token.id.as_str().into(),
                token.user.0.into(),
                token.purpose.as_str().into(),
                token.email.as_str().into(),
                moment(token.expires_at).into(),
            ])
            .take();
        self.write(Cause::by(token.user.0, "send_token"), |tx| async move {
            match tx.execute(insert).await.map_err(Failure::from) {
                Ok(_) => Ok(()),
                Err(failure) if failure.is_missing_parent() => Err(not_found("person", token.user)),
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn lookup_mail_token(
        &self,
        id: &str,
        purpose: MailPurpose,
        now: Timestamp,
    ) -> RepositoryResult<Option<MailToken>> {
        let select = Query::select()
            .columns([Whose, SentTo, ExpiresAt])
            .from(mail_tokens::Entity)
            .cond_where(this(id, purpose))
            .take();
        self.read(async |db| {
            let row: Option<Row> = fetch_tuple(db, &select).await?;
            row.map(|row| read(id, purpose, row)).transpose()
        })
        .await
        .map(|token| token.filter(|token| token.expires_at > now))
    }

    async fn confirm_address(&self, id: &str, now: Timestamp) -> RepositoryResult<Option<Confirmed>> {
        let ended = self
            .write(Cause::system("confirm_address"), |tx| async move { take(&*tx, id, MailPurpose::Confirm).await });
        let Some(token) = ended.await?.filter(|token| token.expires_at > now) else { return Ok(None) };
        let token = &token;
        self.write(Cause::by(token.user.0, "confirm_address"), |tx| async move {
            lock(&*tx, token.user.0).await?;
            let row: Option<(Option<String>, Option<Moment>)> = fetch_tuple(&*tx, &address_of(token.user.0)).await?;
            let Some((before, _)) = row else { return Ok(None) };
            let mut update = Query::update();
            update.value(users::Column::Email, token.email.as_str());
            update.value(users::Column::EmailConfirmedAt, moment(now));
            let theirs = Expr::col(users::Column::Id).eq(token.user.0).into_condition();
            match tx.update(&journal::USERS, update, theirs).await {
                Ok(_) => {}
                Err(failure) if failure.is_taken() => {
                    return Err(RepositoryError::Exists { what: "account", key: "e-mail address" }.into());
                }
                Err(failure) => return Err(failure),
            }
            remove_all(&*tx, token.user.0).await?;
            let before = before.filter(|before| *before != token.email.as_str());
            let before = before.map(|before| address(token.user.0, &before)).transpose()?;
            Ok(Some(Confirmed { user: token.user, email: token.email.clone(), before }))
        })
        .await
    }

    async fn reset_password(&self, id: &str, phc: &str, now: Timestamp) -> RepositoryResult<Option<UserId>> {
        let ended =
            self.write(Cause::system("reset_password"), |tx| async move { take(&*tx, id, MailPurpose::Reset).await });
        let Some(token) = ended.await?.filter(|token| token.expires_at > now) else { return Ok(None) };
        let token = &token;
        self.write(Cause::by(token.user.0, "reset_password"), |tx| async move {
            let user = token.user.0;
            lock(&*tx, user).await?;
            let row: Option<(Option<String>, Option<Moment>)> = fetch_tuple(&*tx, &address_of(user)).await?;
            let Some((Some(email), confirmed_at)) = row else { return Ok(None) };
            if email != token.email.as_str() {
                return Ok(None);
            }
            let mut update = Query::update();
            update.value(users::Column::PasswordHash, phc);
            update.value(users::Column::EmailConfirmedAt, moment(now));
            tx.update(&journal::USERS, update, Expr::col(users::Column::Id).eq(user).into_condition()).await?;
            remove_all(&*tx, user).await?;
            let theirs = |column: Expr| column.eq(user).into_condition();
            tx.delete(&journal::SESSIONS, theirs(Expr::col(sessions::Column::UserId))).await?;
            if confirmed_at.is_none() {
                tx.delete(&journal::IDENTITIES, theirs(Expr::col(identities::Column::UserId))).await?;
                tx.delete(&journal::PASSKEYS, theirs(Expr::col(passkeys::Column::UserId))).await?;
                tx.delete(&journal::API_TOKENS, theirs(Expr::col(api_tokens::Column::UserId))).await?;
                tx.delete(&journal::RECOVERY_CODES, theirs(Expr::col(recovery_codes::Column::UserId))).await?;
                tx.delete(&journal::SECOND_FACTORS, theirs(Expr::col(second_factors::Column::UserId))).await?;
            }
            Ok(Some(token.user))
        })
        .await
    }

    async fn remove_expired_mail_tokens(&self, now: Timestamp) -> RepositoryResult<u64> {
        let expired = Expr::col(ExpiresAt).lte(moment(now));
        let delete = &Query::delete().from_table(mail_tokens::Entity).and_where(expired).take();
        self.write(
            Cause::system("expire_mail_tokens"),
            |tx| async move { Ok(tx.execute(delete).await?.rows_affected()) },
        )
        .await
    }
}

/// Takes one away for good. Of two who ask at once, one gets it.
async fn take<C: ConnectionTrait + Send>(tx: &Tx<C>, id: &str, purpose: MailPurpose) -> Outcome<Option<MailToken>> {
    let delete = Query::delete()
        .from_table(mail_tokens::Entity)
        .cond_where(this(id, purpose))
        .returning(Query::returning().columns([Whose, SentTo, ExpiresAt]))
        .take();
    let row = tx.query_one(&delete).await?;
    let row = row.as_ref().map(QueryResult::try_get_many_by_index::<Row>).transpose()?;
    row.map(|row| read(id, purpose, row)).transpose()
}

/// A person's tokens are worth nothing once one did what it is for.
async fn remove_all<C: ConnectionTrait + Send>(tx: &Tx<C>, user: Uuid) -> Outcome<()> {
    tx.execute(&Query::delete().from_table(mail_tokens::Entity).and_where(Expr::col(Whose).eq(user)).take()).await?;
    Ok(())
}

/// Address and when it was confirmed.
fn address_of(user: Uuid) -> SelectStatement {
    Query::select()
        .columns([users::Column::Email, users::Column::EmailConfirmedAt])
        .from(users::Entity)
        .and_where(Expr::col(users::Column::Id).eq(user))
        .take()
}

fn this(id: &str, purpose: MailPurpose) -> Condition {
    Condition::all().add(Expr::col(Id).eq(id)).add(Expr::col(Purpose).eq(purpose.as_str()))
}

fn read(id: &str, purpose: MailPurpose, (user, email, expires_at): Row) -> Outcome<MailToken> {
    let email = address(user, &email)?;
    Ok(MailToken { id: id.to_owned(), user: UserId(user), purpose, email, expires_at: expires_at.0 })
}

fn address(user: Uuid, kept: &str) -> Outcome<Email> {
    Email::parse(kept).map_err(|error| damaged("address of", user, error))
}
