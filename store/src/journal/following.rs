//! What was changed of films lately: caches and search indices ask every moment.

use matinee_domain::{ChangeSetId, MovieId, Timestamp};
use matinee_services::ports::{FilmChanges, RatedFilms};
use sea_orm::{
    ConnectionTrait,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, Order, Query},
};

use super::{
    entries,
    selecting::first_id_at,
    tables::{CREDITS, EXTERNAL_IDS, MOVIE_GENRES, MOVIE_TITLES, MOVIES, RATINGS},
};
use crate::{
    entities::{changes, imports},
    failure::Outcome,
    sql::{count, fetch_tuples},
};

/// Parts of imports that are looked at.
const MAX_PARTS: u64 = 10_000;

pub(crate) async fn film_changes(db: &impl ConnectionTrait, since: Timestamp) -> Outcome<FilmChanges> {
    use changes::Column::{ChangeSet, Subject, TableName};
    let tables = [&MOVIES, &MOVIE_TITLES, &MOVIE_GENRES, &CREDITS, &EXTERNAL_IDS].map(|table| table.name);
    let select = entries::select()
        .columns([ChangeSet, Subject])
        .distinct()
        .and_where(Expr::col(ChangeSet).gte(first_id_at(since)))
        .and_where(Expr::col(TableName).is_in(tables))
        .and_where(Expr::col(Subject).is_not_null())
        .order_by(ChangeSet, Order::Desc)
        .limit(FilmChanges::MAX_LISTED as u64 + 1)
        .take();
    let mut films: Vec<(Uuid, Uuid)> = fetch_tuples(db, &select).await?;
    let are_many = films.len() > FilmChanges::MAX_LISTED;
    films.truncate(FilmChanges::MAX_LISTED);
    let films = films.into_iter().map(|(set, film)| (ChangeSetId(set), MovieId(film))).collect();
    Ok(FilmChanges { films, are_many, import_entries: import_entries(db).await? })
}

pub(crate) async fn rated_films(db: &impl ConnectionTrait, since: Timestamp) -> Outcome<RatedFilms> {
    use changes::Column::{ChangeSet, RowKey, TableName};
    let select = entries::select()
        .columns([ChangeSet, RowKey])
        .and_where(Expr::col(ChangeSet).gte(first_id_at(since)))
        .and_where(Expr::col(TableName).eq(RATINGS.name))
        .order_by(ChangeSet, Order::Desc)
        .limit(RatedFilms::MAX_LISTED as u64 + 1)
        .take();
    let mut ratings: Vec<(Uuid, String)> = fetch_tuples(db, &select).await?;
    let are_many = ratings.len() > RatedFilms::MAX_LISTED;
    ratings.truncate(RatedFilms::MAX_LISTED);
    // Keys that name no film stand for many rows of an import.
    let film = |key: &str| serde_json::from_str::<(Uuid, Uuid)>(key).ok().map(|(_, film)| MovieId(film));
    let films = ratings.into_iter().filter_map(|(set, key)| Some((ChangeSetId(set), film(&key)?))).collect();
    Ok(RatedFilms { films, are_many })
}

/// How far imports have come, all together. Asked of their progress, of which there is a row for each part: their change sets would
/// have to be looked for among those of everybody.
async fn import_entries(db: &impl ConnectionTrait) -> Outcome<u64> {
    let parts = Query::select()
        .column(imports::Column::RowsDone)
        .from(imports::Entity)
        // By its key, as the statements that are asked all the time are: there are few rows, but that no engine knows.
        .and_where(Expr::col(imports::Column::Part).gte(""))
        .limit(MAX_PARTS)
        .take();
    let parts: Vec<(i64,)> = fetch_tuples(db, &parts).await?;
    // One for each part, which is begun before any of its rows are taken in.
    Ok(parts.into_iter().map(|(rows_done,)| count(rows_done) + 1).sum())
}
