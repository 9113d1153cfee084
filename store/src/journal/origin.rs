//! The import that brought a film: a bulk write is kept as the keys of its rows alone, so no entry has the film as its
//! subject. It is looked for among the keys of films that were added about when this one was.

use chrono::TimeDelta;
use matinee_domain::Timestamp;
use sea_orm::{
    ConnectionTrait, DbBackend, Value,
    prelude::Uuid,
    sea_query::{Condition, Expr, ExprTrait, Order, Query},
};

use super::{change::Row, entries, selecting::first_id_at, tables::MOVIES};
use crate::{
    entities::{Moment, changes, movies},
    failure::Outcome,
    sql::{fetch_tuple, fetch_tuples},
};

use changes::Column::{AddedKeys, ChangeSet, ImageBefore, Position, Subject, TableName, VersionAfter, VersionBefore};

/// How long an import may go on.
const LONGEST_IMPORT: TimeDelta = TimeDelta::days(1);
/// How long one batch may take.
const LONGEST_BATCH: TimeDelta = TimeDelta::minutes(10);

/// Change sets that added this film as one of many.
pub(super) async fn imports_of(db: &impl ConnectionTrait, film: Uuid) -> Outcome<Vec<Uuid>> {
    let Some(created_at) = created_at(db, film).await? else { return Ok(Vec::new()) };
    // An import's id is as old as its beginning, or as the end of its only batch; a row is as old as its batch's beginning.
    let (earliest, latest) = (created_at - LONGEST_IMPORT, created_at + LONGEST_BATCH);
    let select = Query::select()
        .column(ChangeSet)
        .distinct()
        .from(changes::Entity)
        .and_where(Expr::col(ChangeSet).gte(first_id_at(earliest)))
        .and_where(Expr::col(ChangeSet).lt(first_id_at(latest)))
        .and_where(Expr::col(TableName).eq(MOVIES.name))
        .and_where(Expr::col(AddedKeys).is_not_null())
        .and_where(added_keys_hold(db.get_database_backend(), film))
        .take();
    let sets: Vec<(Uuid,)> = fetch_tuples(db, &select).await?;
    Ok(sets.into_iter().map(|(set,)| set).collect())
}

/// When the film was added, as its row says or the first image of it; none where it was not added in bulk, or is not known.
async fn created_at(db: &impl ConnectionTrait, film: Uuid) -> Outcome<Option<Timestamp>> {
    let of_row = || Condition::all().add(Expr::col(Subject).eq(film)).add(Expr::col(TableName).eq(MOVIES.name));
    let added_by_itself = entries::select()
        .column(ChangeSet)
        .cond_where(of_row())
        .and_where(Expr::col(VersionBefore).is_null())
        .and_where(Expr::col(VersionAfter).eq(1_i64))
        .limit(1)
        .take();
    if fetch_tuple::<(Uuid,)>(db, &added_by_itself).await?.is_some() {
        return Ok(None);
    }
    let row = Query::select()
        .column(movies::Column::CreatedAt)
        .from(movies::Entity)
        .and_where(Expr::col(movies::Column::Id).eq(film))
        .take();
    if let Some((at,)) = fetch_tuple::<(Moment,)>(db, &row).await? {
        return Ok(Some(at.0));
    }
    let first_image = entries::select()
        .column(ImageBefore)
        .cond_where(of_row())
        .and_where(Expr::col(ImageBefore).is_not_null())
        .order_by(ChangeSet, Order::Asc)
        .order_by(Position, Order::Asc)
        .limit(1)
        .take();
    let Some((image,)) = fetch_tuple::<(String,)>(db, &first_image).await? else { return Ok(None) };
    let row = Row::from_image(&MOVIES, &image, 1)?;
    Ok(row.get(&MOVIES, "created_at").as_i64().and_then(Timestamp::from_timestamp_millis))
}

/// That a film's key is among packed ones, which for films are their ids one after the other.
fn added_keys_hold(backend: DbBackend, film: Uuid) -> Expr {
    let id = Value::from(film.as_bytes().to_vec());
    match backend {
        DbBackend::Sqlite => Expr::cust_with_values("instr(\"added_keys\", ?) > 0", [id]),
        _ => Expr::cust_with_values("POSITION($1 IN \"added_keys\") > 0", [id]),
    }
}
