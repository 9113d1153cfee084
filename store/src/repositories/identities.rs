//! Accounts at other providers by which people sign in.

use async_trait::async_trait;
use matinee_domain::UserId;
use matinee_services::ports::{
    Identity, IdentityKey, IdentityRepository, NewPersonRow, RepositoryError, RepositoryResult, Unlinking,
};
use sea_orm::{
    ConnectionTrait, Value,
    sea_query::{Condition, Expr, ExprTrait, InsertStatement, Order, Query},
};
use uuid::Uuid;

use super::accounts::{identities_of, lock, passkeys_of};
use crate::{
    Store,
    entities::{Moment, identities, users},
    failure::{Failure, Outcome, not_found},
    journal::{self, Cause, Tx},
    sql::{fetch_tuple, fetch_tuples, moment},
};

use identities::Column::{Issuer, Label, LinkedAt, Provider, Subject, UserId as Owner};

/// Issuer, subject, provider, label, and when it was linked.
type Row = (String, String, String, String, Moment);

#[async_trait]
impl IdentityRepository for Store {
    async fn lookup(&self, key: &IdentityKey) -> RepositoryResult<Option<UserId>> {
        let select = Query::select().column(Owner).from(identities::Entity).cond_where(is(key)).take();
        let row: Option<(Uuid,)> = self.read(async |db| fetch_tuple(db, &select).await).await?;
        Ok(row.map(|(user,)| UserId(user)))
    }

    async fn list(&self, user: UserId) -> RepositoryResult<Vec<Identity>> {
        let select = Query::select()
            .columns([Issuer, Subject, Provider, Label, LinkedAt])
            .from(identities::Entity)
            .and_where(Expr::col(Owner).eq(user.0))
            .order_by(LinkedAt, Order::Asc)
            .order_by(Issuer, Order::Asc)
            .take();
        let rows: Vec<Row> = self.read(async |db| fetch_tuples(db, &select).await).await?;
        let identity = |(issuer, subject, provider, label, linked_at): Row| Identity {
            key: IdentityKey { issuer, subject },
            user,
            provider,
            label,
            linked_at: linked_at.0,
        };
        Ok(rows.into_iter().map(identity).collect())
    }

    async fn has_password(&self, user: UserId) -> RepositoryResult<bool> {
        self.read(async |db| has_password(db, user.0).await).await
    }

    async fn add_account(&self, person: NewPersonRow, identity: &Identity) -> RepositoryResult<()> {
        use users::Column::{CreatedAt, Email, EmailConfirmedAt, Id, KeepsHistory, Name};
        // A provider tells of no other than it has checked itself.
        let confirmed_at = person.email.is_some().then(|| identity.linked_at.timestamp_millis());
        let add_person = &Query::insert()
            .into_table(users::Entity)
            .columns([Id, Name, Email, KeepsHistory, CreatedAt, EmailConfirmedAt])
            .values_panic([
                identity.user.0.into(),
                person.name.into(),
                person.email.map(|email| email.as_str().to_owned()).into(),
                true.into(),
                moment(identity.linked_at).into(),
                Value::BigInt(confirmed_at).into(),
            ])
            .take();
        self.write(Cause::by(identity.user.0, "register"), |tx| async move {
            match tx.insert(&journal::USERS, add_person.clone()).await {
                Ok(_) => add(&*tx, identity).await,
                // Ids are random, so what is taken is the address.
                Err(failure) if failure.is_taken() => {
                    Err(RepositoryError::Exists { what: "account", key: "e-mail address" }.into())
                }
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn add(&self, identity: &Identity) -> RepositoryResult<()> {
        self.write(Cause::by(identity.user.0, "link_identity"), |tx| async move { add(&*tx, identity).await }).await
    }

    async fn remove(&self, user: UserId, key: &IdentityKey) -> RepositoryResult<Unlinking> {
        self.write(Cause::by(user.0, "unlink_identity"), |tx| async move {
            lock(&*tx, user.0).await?;
            let theirs: Vec<(i64,)> = fetch_tuples(&*tx, &identities_of(user.0)).await?;
            let this = is(key).add(Expr::col(Owner).eq(user.0));
            let known = Query::select().expr(Expr::val(1_i64)).from(identities::Entity).cond_where(this.clone()).take();
            if fetch_tuple::<(i64,)>(&*tx, &known).await?.is_none() {
                return Ok(Unlinking::NotLinked);
            }
            let is_last = theirs.len() == 1
                && fetch_tuple::<(i64,)>(&*tx, &passkeys_of(user.0)).await?.is_none()
                && !has_password(&*tx, user.0).await?;
            if is_last {
                return Ok(Unlinking::LastWayIn);
            }
            tx.delete(&journal::IDENTITIES, this).await?;
            Ok(Unlinking::Unlinked)
        })
        .await
    }
}

async fn add<C: ConnectionTrait + Send>(tx: &Tx<C>, identity: &Identity) -> Outcome<()> {
    match tx.insert(&journal::IDENTITIES, insert(identity)).await {
        Ok(_) => Ok(()),
        Err(failure) if failure.is_taken() => Err(RepositoryError::Exists { what: "identity", key: "subject" }.into()),
        Err(failure) if failure.is_missing_parent() => Err(not_found("person", identity.user)),
        Err(failure) => Err(failure),
    }
}

fn insert(identity: &Identity) -> InsertStatement {
    Query::insert()
        .into_table(identities::Entity)
        .columns([Issuer, Subject, Owner, Provider, Label, LinkedAt])
        .values_panic([
            identity.key.issuer.as_str().into(),
            identity.key.subject.as_str().into(),
            identity.user.0.into(),
            identity.provider.as_str().into(),
            identity.label.as_str().into(),
            moment(identity.linked_at).into(),
        ])
        .take()
}

/// Whether a person can sign in by a password.
pub(super) async fn has_password(db: &impl ConnectionTrait, user: Uuid) -> Result<bool, Failure> {
    let select = Query::select()
        .expr(Expr::val(1_i64))
        .from(users::Entity)
        .and_where(Expr::col(users::Column::Id).eq(user))
        .and_where(Expr::col(users::Column::PasswordHash).is_not_null())
        .take();
    Ok(fetch_tuple::<(i64,)>(db, &select).await?.is_some())
}

fn is(key: &IdentityKey) -> Condition {
    Condition::all().add(Expr::col(Issuer).eq(key.issuer.as_str())).add(Expr::col(Subject).eq(key.subject.as_str()))
}
