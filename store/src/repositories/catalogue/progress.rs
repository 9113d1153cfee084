//! How far an import got.

use matinee_services::ports::{ImportKey, ImportProgress};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};

use crate::{
    entities::imports::{
        self,
        Column::{Fingerprint, Finished, Part, RowsDone, Version},
    },
    failure::Outcome,
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

pub(crate) async fn set(tx: &impl ConnectionTrait, key: &ImportKey, progress: ImportProgress) -> Outcome<()> {
    let rows_done = i64::try_from(progress.rows_done).unwrap_or(i64::MAX);
    let kept = |column| Expr::col((imports::Entity, column));
    let insert = Query::insert()
        .into_table(imports::Entity)
        .columns([Part, Fingerprint, RowsDone, Finished])
        .values_panic([
            key.part.as_str().into(),
            key.fingerprint.as_str().into(),
            rows_done.into(),
            progress.finished.into(),
        ])
        .on_conflict(
            OnConflict::columns([Part, Fingerprint])
                .update_columns([RowsDone, Finished])
                .value(Version, kept(Version).add(1))
                .action_and_where(kept(RowsDone).ne(rows_done).or(kept(Finished).ne(progress.finished)))
                .to_owned(),
        )
        .take();
    tx.execute(&insert).await?;
    Ok(())
}
