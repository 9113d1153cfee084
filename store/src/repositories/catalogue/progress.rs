//! How far an import got.

use matinee_services::ports::{ImportKey, ImportProgress};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, OnConflict, Query},
};

use crate::{
    entities::imports::{
        self,
        Column::{Fingerprint, Finished, Part, RowsDone},
    },
    failure::Outcome,
    journal::{self, Tx},
    sql::{count, fetch_tuple},
};

pub(crate) async fn get(db: &impl ConnectionTrait, key: &ImportKey) -> Outcome<ImportProgress> {
    let select = Query::select()
        .columns([RowsDone, Finished])
        .from(imports::Entity)
        .and_where(Expr::col(Part).eq(key.part.as_str()))
        .and_where(Expr::col(Fingerprint).eq(key.fingerprint.as_str()))
        .take();
    let row: Option<(i64, bool)> = fetch_tuple(db, &select).await?;
    Ok(row.map(|(rows_done, finished)| ImportProgress { rows_done: count(rows_done), finished }).unwrap_or_default())
}

pub(crate) async fn set<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    key: &ImportKey,
    progress: ImportProgress,
) -> Outcome<()> {
    let rows_done = i64::try_from(progress.rows_done).unwrap_or(i64::MAX);
    let this = Condition::all()
        .add(Expr::col(Part).eq(key.part.as_str()))
        .add(Expr::col(Fingerprint).eq(key.fingerprint.as_str()));
    let other = Condition::any().add(Expr::col(RowsDone).ne(rows_done)).add(Expr::col(Finished).ne(progress.finished));
    let update = Query::update().value(RowsDone, rows_done).value(Finished, progress.finished).take();
    if tx.update(&journal::IMPORTS, update, this.add(other)).await? > 0 {
        return Ok(());
    }
    let insert = Query::insert()
        .into_table(imports::Entity)
        .columns([Part, Fingerprint, RowsDone, Finished])
        .values_panic([
            key.part.as_str().into(),
            key.fingerprint.as_str().into(),
            rows_done.into(),
            progress.finished.into(),
        ])
        .on_conflict(OnConflict::columns([Part, Fingerprint]).do_nothing().to_owned())
        .take();
    tx.insert(&journal::IMPORTS, insert).await?;
    Ok(())
}
