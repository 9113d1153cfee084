//! Accounts of people.

use async_trait::async_trait;
use matinee_domain::{Account, Email, UserId};
use matinee_services::ports::{AccountRepository, Credentials, NewAccountRow, RepositoryError, RepositoryResult};
use sea_orm::{
    ConnectionTrait,
    sea_query::{DeleteStatement, Expr, ExprTrait, IntoColumnRef, IntoCondition, IntoTableRef, Query, SelectStatement},
};
use uuid::Uuid;

use super::{evenings::guests_of_planned, statistics};
use crate::{
    Store,
    entities::{
        Moment, activity, api_tokens, evening_guests, evenings, identities, knobs, mail_tokens, marks, passkeys,
        ratings, recovery_codes, second_factors, sessions, sign_in_attempts, trial_shown, users,
    },
    failure::{Outcome, not_found},
    journal::{self, Cause, Tx},
    sql::{fetch_tuple, for_change, lock_ids, moment},
};

use users::Column::{CreatedAt, Email as Address, Id, KeepsHistory, Name, PasswordHash};

#[async_trait]
impl AccountRepository for Store {
    async fn add(&self, account: NewAccountRow) -> RepositoryResult<()> {
        let insert = &Query::insert()
            .into_table(users::Entity)
            .columns([Id, Name, Address, PasswordHash, KeepsHistory, CreatedAt])
            .values_panic([
                account.id.0.into(),
                account.name.into(),
                account.email.as_str().into(),
                account.password_hash.into(),
                true.into(),
                moment(account.created_at).into(),
            ])
            .take();
        self.write(Cause::by(account.id.0, "register"), |tx| async move {
            match tx.insert(&journal::USERS, insert.clone()).await {
                Ok(_) => Ok(()),
                // Ids are random, so what is taken is the address.
                Err(failure) if failure.is_taken() => {
                    Err(RepositoryError::Exists { what: "account", key: "e-mail address" }.into())
                }
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn lookup(&self, user: UserId) -> RepositoryResult<Option<Account>> {
        let select = Query::select()
            .columns([Name, Address, KeepsHistory, CreatedAt])
            .from(users::Entity)
            .and_where(Expr::col(Id).eq(user.0))
            .and_where(has_account(user.0))
            .take();
        let row: Option<(String, Option<String>, bool, Moment)> =
            self.read(async |db| fetch_tuple(db, &select).await).await?;
        Ok(row.map(|(name, email, keeps_history, created_at)| Account {
            id: user,
            name,
            email: email.unwrap_or_default(),
            keeps_history,
            created_at: created_at.0,
        }))
    }

    async fn lookup_credentials(&self, email: &Email) -> RepositoryResult<Option<Credentials>> {
        let select = Query::select()
            .columns([Id, PasswordHash])
            .from(users::Entity)
            .and_where(Expr::col(Address).eq(email.as_str()))
            .and_where(Expr::col(PasswordHash).is_not_null())
            .take();
        let row: Option<(Uuid, String)> = self.read(async |db| fetch_tuple(db, &select).await).await?;
        Ok(row.map(|(user, password_hash)| Credentials { user: UserId(user), password_hash }))
    }

    async fn set_password_hash(&self, user: UserId, phc: &str, reason: &'static str) -> RepositoryResult<()> {
        let update = &Query::update().value(PasswordHash, phc).take();
        self.write(Cause::by(user.0, reason), |tx| async move {
            let theirs = Expr::col(Id).eq(user.0).and(Expr::col(Address).is_not_null()).into_condition();
            let changed = tx.update(&journal::USERS, update.clone(), theirs).await?;
            if changed == 0 { Err(not_found("person", user)) } else { Ok(()) }
        })
        .await
    }

    async fn set_keeps_history(&self, user: UserId, keeps: bool) -> RepositoryResult<()> {
        self.write(Cause::by(user.0, "keep_history"), |tx| async move {
            let known =
                Query::select().column(KeepsHistory).from(users::Entity).and_where(Expr::col(Id).eq(user.0)).take();
            let kept: Option<(bool,)> = fetch_tuple(&*tx, &for_change(known)).await?;
            match kept {
                None => return Err(not_found("person", user)),
                Some((now,)) if now == keeps => return Ok(()),
                Some(_) => {}
            }
            let update = Query::update().value(KeepsHistory, keeps).take();
            tx.update(&journal::USERS, update, Expr::col(Id).eq(user.0).into_condition()).await?;
            if !keeps {
                // What they were shown in a trial is kept of those alone who let views be kept.
                tx.execute(&all_of(trial_shown::Entity, trial_shown::Column::UserId, user.0)).await?;
            }
            Ok(())
        })
        .await
    }

    async fn remove(&self, user: UserId) -> RepositoryResult<()> {
        self.write_bulk(Cause::system("erase"), |tx| async move { remove(&*tx, user.0).await }).await
    }
}

/// The accounts at other providers by which this person signs in.
pub(super) fn identities_of(user: Uuid) -> SelectStatement {
    let theirs = Expr::col(identities::Column::UserId).eq(user);
    Query::select().expr(Expr::val(1_i64)).from(identities::Entity).and_where(theirs).take()
}

/// This person's passkeys.
pub(super) fn passkeys_of(user: Uuid) -> SelectStatement {
    let theirs = Expr::col(passkeys::Column::UserId).eq(user);
    Query::select().expr(Expr::val(1_i64)).from(passkeys::Entity).and_where(theirs).take()
}

/// Whether this row of `users` is an account: raters of a data set have neither an address nor another way in.
pub(super) fn has_account(user: Uuid) -> Expr {
    let has_way_in = Expr::exists(identities_of(user)).or(Expr::exists(passkeys_of(user)));
    Expr::col(Address).is_not_null().or(has_way_in)
}

/// One change of what a person owns at a time.
pub(super) async fn lock(tx: &impl ConnectionTrait, user: Uuid) -> Outcome<()> {
    lock_ids(tx, "users", Expr::col(Id).eq(user)).await
}

/// Everything by name rather than by the foreign keys' cascade, so that each statement is seen here. Nothing of it is
/// journaled but that it happened, and the journal forgets the person.
pub(super) async fn remove<C: ConnectionTrait + Send>(tx: &Tx<C>, user: Uuid) -> Outcome<()> {
    lock(tx, user).await?;
    statistics::take_out(tx, user).await?;
    // On the heap: so many statements are a large part of the future otherwise.
    let statements = vec![
        all_of(ratings::Entity, ratings::Column::UserId, user),
        all_of(marks::Entity, marks::Column::UserId, user),
        all_of(activity::Entity, activity::Column::UserId, user),
        all_of(sessions::Entity, sessions::Column::UserId, user),
        all_of(identities::Entity, identities::Column::UserId, user),
        all_of(sign_in_attempts::Entity, sign_in_attempts::Column::UserId, user),
        all_of(api_tokens::Entity, api_tokens::Column::UserId, user),
        all_of(second_factors::Entity, second_factors::Column::UserId, user),
        all_of(mail_tokens::Entity, mail_tokens::Column::UserId, user),
        all_of(recovery_codes::Entity, recovery_codes::Column::UserId, user),
        all_of(passkeys::Entity, passkeys::Column::UserId, user),
        all_of(knobs::Entity, knobs::Column::UserId, user),
        all_of(evening_guests::Entity, evening_guests::Column::UserId, user),
        all_of(trial_shown::Entity, trial_shown::Column::UserId, user),
        // An evening ends with who plans it.
        guests_of_planned(user),
        all_of(evenings::Entity, evenings::Column::UserId, user),
    ];
    for statement in statements {
        tx.execute(&statement).await?;
    }
    journal::forget(tx, user).await?;
    let delete_user = Query::delete().from_table(users::Entity).and_where(Expr::col(Id).eq(user)).take();
    if tx.execute(&delete_user).await?.rows_affected() > 0 {
        journal::note_erased(tx, user);
    }
    Ok(())
}

/// Every row of a table that is this person's.
fn all_of(table: impl IntoTableRef, owner: impl IntoColumnRef, user: Uuid) -> DeleteStatement {
    Query::delete().from_table(table).and_where(Expr::col(owner).eq(user)).take()
}
