//! Inserting many rows: in pieces of one size, so that the statement of a whole piece stays prepared.

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, InsertStatement, OnConflict},
};

use crate::{
    failure::Outcome,
    journal::{Table, Tx},
};

/// Values in one statement; below what every engine takes (SQLite: 32 766).
const MAX_VALUES: usize = 4096;

/// Runs `insert` (table and columns) with the rows of `values`, in as few statements as may be; rows whose key is there
/// already stay as they are. Returns how many rows were added. The rows of one call must differ in their key.
pub(crate) async fn insert_rows<const COLUMNS: usize, C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    table: &'static Table,
    insert: &InsertStatement,
    values: Vec<[Expr; COLUMNS]>,
) -> Outcome<u64> {
    let key = OnConflict::columns(table.key_columns().iter().map(|column| column.name)).do_nothing().to_owned();
    let rows_at_once = MAX_VALUES / COLUMNS;
    let mut values = values.into_iter().peekable();
    let mut written = 0;
    while values.peek().is_some() {
        let mut piece = insert.clone();
        for row in values.by_ref().take(rows_at_once) {
            piece.values_panic(row);
        }
        piece.on_conflict(key.clone());
        written += tx.insert(table, piece).await?;
    }
    Ok(written)
}
