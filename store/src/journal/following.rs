//! What was changed of films lately: caches and search indices ask every moment.

use chrono::TimeDelta;
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
    entities::{change_sets, changes},
    failure::Outcome,
    sql::{count, fetch_tuples},
};

/// How long an import may go on.
pub(super) const LONGEST_IMPORT: TimeDelta = TimeDelta::days(1);

/// Imports of that time that are looked at.
const MAX_IMPORTS: u64 = 100;

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
    Ok(FilmChanges { films, are_many, import_entries: import_entries(db, since).await? })
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

async fn import_entries(db: &impl ConnectionTrait, since: Timestamp) -> Outcome<u64> {
    use change_sets::Column::{Id, Reason};
    // An import's own change set only grows: its last position tells enough, without counting.
    let last = Query::select()
        .expr(Expr::col(changes::Column::Position).max())
        .from(changes::Entity)
        .and_where(Expr::col((changes::Entity, changes::Column::ChangeSet)).equals(("imports", "id")))
        .take();
    let imports = Query::select()
        .column(Id)
        .expr_as(Expr::SubQuery(None, Box::new(last.into())), "last")
        .from_as(change_sets::Entity, "imports")
        .and_where(Expr::col(Id).gte(first_id_at(since - LONGEST_IMPORT)))
        .and_where(Expr::col(Reason).eq("import"))
        .order_by(Id, Order::Desc)
        .limit(MAX_IMPORTS)
        .take();
    let imports: Vec<(Uuid, Option<i64>)> = fetch_tuples(db, &imports).await?;
    Ok(imports.into_iter().filter_map(|(_, last)| last).map(|last| count(last) + 1).sum())
}
