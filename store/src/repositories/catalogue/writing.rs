//! Inserting many rows.
//!
//! Nearly all rows of an import are new, so a piece of them is first inserted without asking which ones were: the number
//! of rows says whether all were, and then the journal keeps the keys as they were given. To hear each row back takes the
//! engine longer than to write it. Only where some were there already is the piece taken back (to a savepoint) and
//! inserted once more, asking.
//!
//! PostgreSQL takes a piece by `COPY`, or as one array for each column where the connection can't, as `CockroachDB` does; SQLite
//! takes a list of values. Of lists the pieces are powers of two, so that statements of few different lengths are kept prepared, and memory does not grow with the import.

use std::{collections::HashSet, ops::Range, sync::Arc};

use sea_orm::{
    ConnectionTrait, DbBackend, Iden, Statement, Value,
    sea_query::{Expr, OnConflict, Query},
};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::copying;
use crate::{
    failure::Outcome,
    given,
    journal::{BULK_ROWS, PackedKeys, Table, Tx},
    sql::{MAX_LISTED, among, fetch_tuples},
};

/// Values in one statement that lists them: what SQLite takes. A page of an index is kept aside once for each statement that
/// changes it, so that large ones are cheaper.
const MAX_VALUES: usize = 32_766;

/// Rows in one statement that takes arrays.
const MAX_ARRAY: usize = 8192;

/// Inserts rows of these columns, the key's first; rows whose key is there already stay as they are. Returns how many rows
/// were added. The rows of one call must differ in their key.
pub(crate) async fn insert_rows<const COLUMNS: usize, C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    table: &'static Table,
    columns: [impl Iden; COLUMNS],
    rows: Vec<[Value; COLUMNS]>,
) -> Outcome<u64> {
    let columns = columns.map(|column| column.to_string());
    let into = Arc::new(Into { table, columns, backend: tx.get_database_backend(), can_copy: tx.can_copy() });
    let rows = Arc::new(rows);
    // A few rows are journaled one by one.
    let mut pieces = if rows.len() < BULK_ROWS { Vec::new() } else { into.pieces(rows.len()) }.into_iter();
    let mut written = 0;
    let mut ready = pieces.next().and_then(|piece| into.prepare(&rows[piece]));
    while let Some(piece) = ready.take() {
        // The next one is made ready while the engine writes this one.
        let next = pieces.next().map(|piece| {
            let (into, rows) = (Arc::clone(&into), Arc::clone(&rows));
            spawn_blocking(move || into.prepare(&rows[piece]))
        });
        let len = piece.rows;
        if !into.insert_new(tx, piece).await? {
            break;
        }
        written += len;
        ready = match next {
            Some(next) => next.await.ok().flatten(),
            None => None,
        };
    }
    Ok(written as u64 + into.insert_asking(tx, &rows[written..]).await?)
}

/// Which of these ids no row of a table has, the others being few or many: cheaper than to insert all and be told.
pub(crate) async fn missing(tx: &impl ConnectionTrait, table: &Table, ids: &[Uuid]) -> Outcome<HashSet<Uuid>> {
    let mut missing: HashSet<Uuid> = ids.iter().copied().collect();
    for ids in ids.chunks(MAX_LISTED) {
        let select = Query::select().column("id").from(table.name).and_where(among(Expr::col("id"), ids)).take();
        for (id,) in fetch_tuples::<(Uuid,)>(tx, &select).await? {
            missing.remove(&id);
        }
    }
    Ok(missing)
}

/// The largest that is not above `number`, which is not 0.
const fn power_of_two_below(number: usize) -> usize {
    1 << number.ilog2()
}

/// What rows go into.
struct Into<const COLUMNS: usize> {
    table: &'static Table,
    columns: [String; COLUMNS],
    backend: DbBackend,
    can_copy: bool,
}

/// Rows that are ready to be inserted all at once.
struct Piece {
    rows: usize,
    keys: PackedKeys,
    by: By,
}

enum By {
    Statement(Statement),
    Copy(String, Vec<u8>),
}

impl<const COLUMNS: usize> Into<COLUMNS> {
    /// Which rows are inserted at once.
    fn pieces(&self, rows: usize) -> Vec<Range<usize>> {
        let is_postgres = self.backend == DbBackend::Postgres;
        let at_once = power_of_two_below(if is_postgres { MAX_ARRAY } else { MAX_VALUES / COLUMNS });
        let mut pieces = Vec::new();
        let mut begin = 0;
        while begin < rows {
            let rest = rows - begin;
            let len = if is_postgres { rest } else { power_of_two_below(rest) }.min(at_once);
            pieces.push(begin..begin + len);
            begin += len;
        }
        pieces
    }

    /// None where a value is of a kind that can't be inserted so.
    fn prepare(&self, rows: &[[Value; COLUMNS]]) -> Option<Piece> {
        let keys = self.keys(rows)?;
        let copy = || copying::packed(rows).map(|data| By::Copy(self.copy_statement(), data));
        let by = match self.can_copy.then(copy).flatten() {
            Some(copy) => copy,
            None => By::Statement(self.statement(rows)?),
        };
        Some(Piece { rows: rows.len(), keys, by })
    }

    /// False where some of the rows were there already: then none was added.
    async fn insert_new<C: ConnectionTrait + Send>(&self, tx: &Tx<C>, piece: Piece) -> Outcome<bool> {
        let Piece { rows, keys, by } = piece;
        match by {
            By::Copy(statement, data) => tx.copy_new(self.table, (statement, data), rows as u64, keys).await,
            By::Statement(statement) => tx.insert_new(self.table, statement, rows as u64, keys).await,
        }
    }

    fn copy_statement(&self) -> String {
        let columns: Vec<_> = self.columns.iter().map(|name| format!("\"{name}\"")).collect();
        format!("COPY \"{}\" ({}) FROM STDIN (FORMAT binary)", self.table.name, columns.join(", "))
    }

    /// One that returns nothing; none where a value is of a kind that no table here has.
    fn statement(&self, rows: &[[Value; COLUMNS]]) -> Option<Statement> {
        let quoted = |names: &mut dyn Iterator<Item = &str>| {
            names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
        };
        let into =
            format!("INSERT INTO \"{}\" ({})", self.table.name, quoted(&mut self.columns.iter().map(String::as_str)));
        let key = quoted(&mut self.table.key_columns().iter().map(|column| column.name));
        let (source, values) = given::source(self.backend, rows)?;
        Some(Statement::from_sql_and_values(
            self.backend,
            format!("{into} {source} ON CONFLICT ({key}) DO NOTHING"),
            values,
        ))
    }

    fn keys(&self, rows: &[[Value; COLUMNS]]) -> Option<PackedKeys> {
        let key = self.table.key_columns().iter().map(|column| column.name);
        debug_assert!(key.eq(self.columns[..self.table.key_len].iter()), "the key's columns come first");
        let mut keys = PackedKeys::default();
        rows.iter().try_for_each(|row| keys.pack_values(self.table, row))?;
        Some(keys)
    }

    /// Returns how many rows were added.
    async fn insert_asking<C: ConnectionTrait + Send>(&self, tx: &Tx<C>, rows: &[[Value; COLUMNS]]) -> Outcome<u64> {
        let key =
            OnConflict::columns(self.table.key_columns().iter().map(|column| column.name)).do_nothing().to_owned();
        let mut written = 0;
        for rows in rows.chunks(power_of_two_below(MAX_VALUES / COLUMNS)) {
            let mut insert = Query::insert();
            insert.into_table(self.table.name).columns(self.columns.iter().cloned()).on_conflict(key.clone());
            for row in rows {
                insert.values_panic(row.iter().cloned().map(Expr::val));
            }
            written += tx.insert(self.table, insert).await?;
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_powers_of_two() {
        assert_eq!([1, 2, 3, 1023, 1024, 1025].map(power_of_two_below), [1, 2, 2, 512, 1024, 1024]);
    }
}
