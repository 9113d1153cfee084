//! Small pieces that statements are built from.

use matinee_domain::{Timestamp, Year};
use sea_orm::{
    ConnectionTrait, DbBackend, FromQueryResult, QueryResult, TryGetableMany,
    sea_query::{Expr, ExprTrait, LikeExpr, LockType, Order, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    entities::Moment,
    failure::{Outcome, damaged},
};

/// Values that one statement may list; below what every engine takes (SQLite: 32 766).
pub(crate) const MAX_LISTED: usize = 8192;

/// All rows, by the names of their columns.
pub(crate) async fn fetch<T: FromQueryResult>(db: &impl ConnectionTrait, select: &SelectStatement) -> Outcome<Vec<T>> {
    let rows = db.query_all(select).await?;
    Ok(rows.iter().map(|row| T::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

/// All rows, as tuples in the order of their columns.
pub(crate) async fn fetch_tuples<T: TryGetableMany>(
    db: &impl ConnectionTrait,
    select: &SelectStatement,
) -> Outcome<Vec<T>> {
    let rows = db.query_all(select).await?;
    Ok(rows.iter().map(QueryResult::try_get_many_by_index::<T>).collect::<Result<_, _>>()?)
}

/// The first row, as a tuple.
pub(crate) async fn fetch_tuple<T: TryGetableMany>(
    db: &impl ConnectionTrait,
    select: &SelectStatement,
) -> Outcome<Option<T>> {
    let row = db.query_one(select).await?;
    Ok(row.map(|row| row.try_get_many_by_index::<T>()).transpose()?)
}

/// The values for an `IN`, the last one repeated up to a power of two: statements of different lengths stay few, and
/// so stay prepared.
pub(crate) fn listed<T: Clone>(values: &[T]) -> Vec<T> {
    let mut values = values.to_vec();
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}

/// `column IN (…)` over ids.
pub(crate) fn among(column: Expr, ids: &[Uuid]) -> Expr {
    column.is_in(listed(ids))
}

/// A pattern for what holds `text` anywhere; its own wildcards stand for themselves.
pub(crate) fn holding(text: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('\\')
}

/// A moment as it is kept.
pub(crate) fn moment(at: Timestamp) -> Moment {
    Moment::from(at)
}

/// A year as it is kept.
pub(crate) fn year_column(year: Option<Year>) -> Option<i16> {
    year.map(|year| i16::try_from(year.get()).expect("Year::LAST is far below i16::MAX"))
}

/// A kept year.
pub(crate) fn year(movie: Uuid, kept: Option<i16>) -> Outcome<Option<Year>> {
    kept.map(|year| Year::new(year.into())).transpose().map_err(|error| damaged("film", movie, error))
}

/// A count that can't be negative, kept as bigint.
pub(crate) fn count(kept: i64) -> u64 {
    u64::try_from(kept).unwrap_or(0)
}

/// The same for what the domain counts in 32 bits.
pub(crate) fn count32(kept: i64) -> u32 {
    u32::try_from(count(kept)).unwrap_or(u32::MAX)
}

/// A read of rows that the same transaction will change: whoever else wants to change them waits until it ends. Rows that
/// point to them may be added meanwhile. (SQLite has one writer anyway.)
pub(crate) fn for_change(mut select: SelectStatement) -> SelectStatement {
    select.lock(LockType::NoKeyUpdate).take()
}

/// Locks the rows of a table whose ids `which` chooses, as [`for_change`] does, without reading them.
pub(crate) async fn lock_ids(db: &impl ConnectionTrait, table: &'static str, which: Expr) -> Outcome<()> {
    if db.get_database_backend() != DbBackend::Sqlite {
        // In one order, so that two who lock many don't wait for each other.
        let select = Query::select().column("id").from(table).and_where(which).order_by("id", Order::Asc).take();
        db.query_all(&for_change(select)).await?;
    }
    Ok(())
}
