//! Fingerprints of PostgreSQL's tables: those of `sqlite::rows`, of rows as the server writes them as text.

use std::{collections::BTreeMap, time::Instant};

use futures::TryStreamExt;
use sea_orm::sqlx::{self, AssertSqlSafe, PgConnection, Row};

use crate::backup::{Pace, TableSeal, row_sum::RowSum};

/// Rows between two reports.
const PIECE_ROWS: u64 = 8192;

/// Columns, constraints and indexes, as if they were a table.
pub(super) const SCHEMA: &str = "pg_schema";

/// Whatever says how values are written.
const SESSION: &str = "SET extra_float_digits = 1; SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; \
                       SET intervalstyle = 'iso_8601'; SET bytea_output = 'hex'; SET statement_timeout = 0";

/// Tables that are not parts of others; a partitioned one stands for its partitions, wherever these are.
const TABLES: &str = "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                      AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname";

const DEFINITIONS: &str = "SELECT format('%s %s %s %s', c.oid::regclass, attname, format_type(atttypid, atttypmod), attnotnull) \
    FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid \
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped \
    UNION ALL SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = indexrelid \
    WHERE relnamespace = 'public'::regnamespace \
    UNION ALL SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint \
    WHERE connamespace = 'public'::regnamespace";

/// Names of tables, as they stand in statements.
pub(super) async fn table_names(connection: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(TABLES).fetch_all(connection).await
}

/// Fingerprints of all tables, in the transaction that the connection may be in. `told` hears how many rows were read.
pub(super) async fn fingerprints(
    connection: &mut PgConnection,
    pace: Pace,
    told: &(dyn Fn(u64) + Send + Sync),
) -> sqlx::Result<BTreeMap<String, TableSeal>> {
    sqlx::raw_sql(SESSION).execute(&mut *connection).await?;
    let mut statements: Vec<(String, String)> = table_names(connection)
        .await?
        .into_iter()
        .map(|table| (table.clone(), format!("SELECT t::text FROM public.{table} AS t")))
        .collect();
    statements.push((SCHEMA.to_owned(), DEFINITIONS.to_owned()));
    let mut tables = BTreeMap::new();
    let mut before = 0;
    for (table, statement) in statements {
        let mut sum = RowSum::default();
        let mut since = Instant::now();
        let mut rows = sqlx::query(AssertSqlSafe(statement)).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            sum.add(row.try_get_unchecked::<&str, _>(0)?.as_bytes());
            if sum.rows().is_multiple_of(PIECE_ROWS) {
                told(before + sum.rows());
                if let Some(rest) = pace.rest(since) {
                    tokio::time::sleep(rest).await;
                }
                since = Instant::now();
            }
        }
        before += sum.rows();
        told(before);
        tables.insert(table, sum.seal());
    }
    Ok(tables)
}
