//! Second factors: journaled as secrets are, without what they hold.

use async_trait::async_trait;
use matinee_domain::{Timestamp, UserId};
use matinee_services::ports::{
    FactorTry, Failures, GivenFactor, RepositoryError, RepositoryResult, SecondFactor, SecondFactorRepository,
};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, IntoCondition, Order, Query},
};
use uuid::Uuid;

use super::accounts::{lock, passkeys_of};
use crate::{
    Store,
    entities::{Moment, recovery_codes, second_factors},
    failure::{Outcome, not_found},
    journal::{self, Cause, Tx},
    sql::{count32, fetch_tuple, fetch_tuples, for_change, moment},
};

use recovery_codes::Column::{CodeHash, CreatedAt as MadeAt, UserId as CodeOwner};
use second_factors::Column::{CreatedAt, FailedAt, Failures as Count, LastStep, Secret, UserId as Owner};

#[async_trait]
impl SecondFactorRepository for Store {
    async fn lookup_factor(&self, user: UserId) -> RepositoryResult<Option<SecondFactor>> {
        let factor = Query::select()
            .columns([Secret, CreatedAt])
            .from(second_factors::Entity)
            .and_where(Expr::col(Owner).eq(user.0))
            .take();
        let codes = Query::select()
            .expr(Expr::col(CodeHash).count())
            .from(recovery_codes::Entity)
            .and_where(Expr::col(CodeOwner).eq(user.0))
            .take();
        self.read(async |db| {
            let row: Option<(String, Moment)> = fetch_tuple(db, &factor).await?;
            let Some((secret, since)) = row else { return Ok(None) };
            let left = fetch_tuple::<(i64,)>(db, &codes).await?.map_or(0, |(left,)| count32(left));
            Ok(Some(SecondFactor { secret, since: since.0, codes_left: left }))
        })
        .await
    }

    async fn add_factor(
        &self,
        user: UserId,
        secret: &str,
        step: i64,
        codes: &[String],
        at: Timestamp,
    ) -> RepositoryResult<()> {
        let insert = &Query::insert()
            .into_table(second_factors::Entity)
            .columns([Owner, Secret, LastStep, Count, CreatedAt])
            .values_panic([user.0.into(), secret.into(), step.into(), 0_i64.into(), moment(at).into()])
            .take();
        self.write(Cause::by(user.0, "switch_on_second_factor"), |tx| async move {
            if secret.is_empty() {
                // Whoever takes the last passkey away meanwhile waits.
                lock(&*tx, user.0).await?;
                if fetch_tuple::<(i64,)>(&*tx, &passkeys_of(user.0)).await?.is_none() {
                    return Err(not_found("passkey of", user));
                }
            }
            match tx.insert(&journal::SECOND_FACTORS, insert.clone()).await {
                Ok(_) => replace_codes(&*tx, user, codes, at).await,
                Err(failure) if failure.is_taken() => {
                    Err(RepositoryError::Exists { what: "second factor", key: "person" }.into())
                }
                Err(failure) if failure.is_missing_parent() => Err(not_found("person", user)),
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn set_recovery_codes(&self, user: UserId, codes: &[String], at: Timestamp) -> RepositoryResult<()> {
        self.write(Cause::by(user.0, "renew_recovery_codes"), |tx| async move {
            let known = Query::select()
                .column(LastStep)
                .from(second_factors::Entity)
                .and_where(Expr::col(Owner).eq(user.0))
                .take();
            if fetch_tuple::<(i64,)>(&*tx, &for_change(known)).await?.is_none() {
                return Err(not_found("second factor of", user));
            }
            replace_codes(&*tx, user, codes, at).await
        })
        .await
    }

    async fn reseal_factor(&self, user: UserId, before: &str, now: &str) -> RepositoryResult<bool> {
        self.write(Cause::system("seal_second_factor"), |tx| async move {
            let this = Expr::col(Owner).eq(user.0).and(Expr::col(Secret).eq(before)).into_condition();
            let update = Query::update().value(Secret, now).take();
            Ok(tx.update(&journal::SECOND_FACTORS, update, this).await? > 0)
        })
        .await
    }

    async fn list_factor_secrets(&self, after: Option<UserId>, limit: u32) -> RepositoryResult<Vec<(UserId, String)>> {
        let mut select = Query::select();
        select.columns([Owner, Secret]).from(second_factors::Entity).and_where(Expr::col(Secret).ne(""));
        if let Some(after) = after {
            select.and_where(Expr::col(Owner).gt(after.0));
        }
        let select = select.order_by(Owner, Order::Asc).limit(limit.into()).take();
        let rows: Vec<(Uuid, String)> = self.read(async |db| fetch_tuples(db, &select).await).await?;
        Ok(rows.into_iter().map(|(user, secret)| (UserId(user), secret)).collect())
    }

    async fn remove_factor(&self, user: UserId) -> RepositoryResult<bool> {
        self.write(Cause::by(user.0, "switch_off_second_factor"), |tx| async move {
            lock(&*tx, user.0).await?;
            tx.delete(&journal::RECOVERY_CODES, Expr::col(CodeOwner).eq(user.0).into_condition()).await?;
            let theirs = Expr::col(Owner).eq(user.0).into_condition();
            Ok(tx.delete(&journal::SECOND_FACTORS, theirs).await? > 0)
        })
        .await
    }

    async fn try_factor(
        &self,
        user: UserId,
        given: &GivenFactor,
        now: Timestamp,
        must_wait: fn(Failures, Timestamp) -> bool,
    ) -> RepositoryResult<FactorTry> {
        self.write(Cause::by(user.0, "try_second_factor"), |tx| async move {
            // Whoever tries at the same time waits for this row, so each step and each failure counts.
            let known = Query::select()
                .columns([LastStep, Count, FailedAt])
                .from(second_factors::Entity)
                .and_where(Expr::col(Owner).eq(user.0))
                .take();
            let row: Option<(i64, i64, Option<Moment>)> = fetch_tuple(&*tx, &for_change(known)).await?;
            let Some((last_step, failures, failed_at)) = row else { return Ok(FactorTry::Off) };
            let before = failed_at.map(|at| Failures { count: count32(failures), last_at: at.0 });
            if before.is_some_and(|before| must_wait(before, now)) {
                return Ok(FactorTry::TooSoon);
            }
            let is_right = match given {
                GivenFactor::Step(step) => *step > last_step,
                GivenFactor::Recovery(hash) => tx.delete(&journal::RECOVERY_CODES, code(user.0, hash)).await? > 0,
                GivenFactor::Nothing => false,
            };
            let mut update = Query::update();
            match (is_right, given) {
                (true, GivenFactor::Step(step)) => update.value(LastStep, *step).value(Count, 0_i64),
                (true, _) => update.value(Count, 0_i64),
                (false, _) => update.value(Count, failures + 1).value(FailedAt, moment(now)),
            };
            tx.update(&journal::SECOND_FACTORS, update, Expr::col(Owner).eq(user.0).into_condition()).await?;
            Ok(if is_right { FactorTry::Right } else { FactorTry::Wrong })
        })
        .await
    }
}

async fn replace_codes<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    user: UserId,
    codes: &[String],
    at: Timestamp,
) -> Outcome<()> {
    tx.delete(&journal::RECOVERY_CODES, Expr::col(CodeOwner).eq(user.0).into_condition()).await?;
    let mut insert = Query::insert();
    insert.into_table(recovery_codes::Entity).columns([CodeOwner, CodeHash, MadeAt]);
    for code in codes {
        insert.values_panic([user.0.into(), code.as_str().into(), moment(at).into()]);
    }
    tx.insert(&journal::RECOVERY_CODES, insert).await?;
    Ok(())
}

fn code(user: Uuid, hash: &str) -> Condition {
    Condition::all().add(Expr::col(CodeOwner).eq(user)).add(Expr::col(CodeHash).eq(hash))
}
