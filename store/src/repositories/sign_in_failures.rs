//! Failed sign-ins, by a digest of who tried. None of it is journaled.

use async_trait::async_trait;
use matinee_domain::Timestamp;
use matinee_services::ports::{Failures, RepositoryResult, SignInFailureRepository, Trier};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use sha2::{Digest, Sha256};

use crate::{
    Store,
    entities::{Moment, sign_in_failures},
    journal::Cause,
    sql::{count32, fetch_tuple, moment},
};

use sign_in_failures::Column::{Failures as Count, Id, LastAt};

#[async_trait]
impl SignInFailureRepository for Store {
    async fn lookup(&self, trier: &Trier) -> RepositoryResult<Option<Failures>> {
        let select = Query::select()
            .columns([Count, LastAt])
            .from(sign_in_failures::Entity)
            .and_where(Expr::col(Id).eq(digest(trier)))
            .take();
        let row: Option<(i64, Moment)> = self.read(async |db| fetch_tuple(db, &select).await).await?;
        Ok(row.map(|(count, last_at)| Failures { count: count32(count), last_at: last_at.0 }))
    }

    async fn add(&self, trier: &Trier, at: Timestamp) -> RepositoryResult<()> {
        let one_more = Expr::col((sign_in_failures::Entity, Count)).add(1);
        let insert = &Query::insert()
            .into_table(sign_in_failures::Entity)
            .columns([Id, Count, LastAt])
            .values_panic([digest(trier).into(), 1_i64.into(), moment(at).into()])
            .on_conflict(OnConflict::column(Id).value(Count, one_more).update_column(LastAt).to_owned())
            .take();
        self.write(Cause::system("fail_sign_in"), |tx| async move {
            tx.execute(insert).await?;
            Ok(())
        })
        .await
    }

    async fn remove(&self, trier: &Trier) -> RepositoryResult<()> {
        let this = Expr::col(Id).eq(digest(trier));
        let delete = &Query::delete().from_table(sign_in_failures::Entity).and_where(this).take();
        self.write(Cause::system("forget_failures"), |tx| async move {
            tx.execute(delete).await?;
            Ok(())
        })
        .await
    }

    async fn remove_older(&self, before: Timestamp) -> RepositoryResult<u64> {
        let older = Expr::col(LastAt).lt(moment(before));
        let delete = &Query::delete().from_table(sign_in_failures::Entity).and_where(older).take();
        self.write(Cause::system("forget_failures"), |tx| async move { Ok(tx.execute(delete).await?.rows_affected()) })
            .await
    }
}

/// One row for each address that is tried and each that it is tried from; nobody can read either in it.
fn digest(trier: &Trier) -> String {
    let from = trier.from.map(|from| from.to_string()).unwrap_or_default();
    format!("{:x}", Sha256::digest(format!("{} {from}", trier.email)))
}
