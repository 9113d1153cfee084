//! Many rows as what an `INSERT` takes them from: one array for each column on PostgreSQL and `CockroachDB`, whose statement is the
//! same for any number of rows and so stays prepared; a list of values on SQLite.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityName, Iden, QueryResult, Statement, Value, sea_query::ArrayType,
};

use crate::failure::Outcome;

/// Stands for null in an array of texts or numbers, where the driver knows none.
const NO_TEXT: &str = "\u{1}";
const NO_SHORT: i16 = i16::MIN;
const NO_LONG: i64 = i64::MIN;
const NO_DOUBLE: f64 = f64::NEG_INFINITY;

/// What follows `INSERT INTO … (…)`, and its values; none where a value is of a kind that no table here has, or no row is given.
pub(crate) fn source<const COLUMNS: usize>(
    backend: DbBackend,
    rows: &[[Value; COLUMNS]],
) -> Option<(String, Vec<Value>)> {
    if backend == DbBackend::Postgres { as_arrays(rows) } else { Some(as_list(rows)) }
}

/// Inserts rows of these columns.
pub(crate) async fn insert<const COLUMNS: usize>(
    db: &impl ConnectionTrait,
    table: impl EntityName,
    columns: [impl Iden; COLUMNS],
    rows: &[[Value; COLUMNS]],
) -> Outcome<()> {
    if !rows.is_empty() {
        db.execute_raw(statement(db, table, columns, rows, "")?).await?;
    }
    Ok(())
}

/// Inserts rows and returns what the statement, which ends in `and_then`, returns.
pub(crate) async fn insert_returning<const COLUMNS: usize>(
    db: &impl ConnectionTrait,
    table: impl EntityName,
    columns: [impl Iden; COLUMNS],
    rows: &[[Value; COLUMNS]],
    and_then: &str,
) -> Outcome<Vec<QueryResult>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    Ok(db.query_all_raw(statement(db, table, columns, rows, and_then)?).await?)
}

fn statement<const COLUMNS: usize>(
    db: &impl ConnectionTrait,
    table: impl EntityName,
    columns: [impl Iden; COLUMNS],
    rows: &[[Value; COLUMNS]],
    and_then: &str,
) -> Outcome<Statement> {
    let (backend, table) = (db.get_database_backend(), table.table_name());
    let (source, values) =
        source(backend, rows).ok_or_else(|| DbErr::Custom(format!("rows of {table} can't be given at once")))?;
    let columns = columns.map(|column| format!("\"{}\"", column.to_string())).join(", ");
    let sql = format!("INSERT INTO \"{table}\" ({columns}) {source} {and_then}");
    Ok(Statement::from_sql_and_values(backend, sql.trim_end(), values))
}

fn as_list<const COLUMNS: usize>(rows: &[[Value; COLUMNS]]) -> (String, Vec<Value>) {
    let row = format!("({})", ["?"; COLUMNS].join(", "));
    let list = format!("VALUES {}", vec![row; rows.len()].join(", "));
    (list, rows.iter().flatten().cloned().collect())
}

/// `SELECT` from one array for each column.
fn as_arrays<const COLUMNS: usize>(rows: &[[Value; COLUMNS]]) -> Option<(String, Vec<Value>)> {
    let (mut read, mut names, mut arrays, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for at in 0..COLUMNS {
        let (name, kind) = (format!("c{at}"), rows.first()?[at].array_type());
        let (sql, null, no) = match kind {
            ArrayType::Uuid => ("uuid", None, ""),
            ArrayType::String => ("text", Some(Value::from(NO_TEXT)), "E'\\x01'"),
            ArrayType::SmallInt => ("smallint", Some(NO_SHORT.into()), "(-32768)::smallint"),
            ArrayType::BigInt => ("bigint", Some(NO_LONG.into()), "(-9223372036854775808)::bigint"),
            ArrayType::Double => ("double precision", Some(NO_DOUBLE.into()), "'-infinity'::double precision"),
            ArrayType::Bool => ("boolean", None, ""),
            _ => return None,
        };
        let is_null = |value: &Value| *value == value.as_null();
        let has_null = rows.iter().any(|row| is_null(&row[at]));
        let mut column = Vec::with_capacity(rows.len());
        for row in rows {
            let value = &row[at];
            // Only beside nulls does it matter what stands for them.
            if value.array_type() != kind || (has_null && null.as_ref() == Some(value)) {
                return None;
            }
            column.push(if is_null(value) { null.clone()? } else { value.clone() });
        }
        read.push(if has_null { format!("NULLIF({name}, {no})") } else { name.clone() });
        arrays.push(format!("${}::{sql}[]", at + 1));
        names.push(name);
        values.push(Value::Array(kind, Some(Box::new(column))));
    }
    let (read, arrays, names) = (read.join(", "), arrays.join(", "), names.join(", "));
    Some((format!("SELECT {read} FROM unnest({arrays}) AS given ({names})"), values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_hold_a_stand_in_for_null_unless_a_row_holds_that_itself() {
        let row = |text: Option<&str>, number: Option<i16>| [text.map(str::to_owned).into(), number.into()];
        let (sql, values) = as_arrays(&[row(Some("a"), None), row(None, Some(3))]).unwrap();
        assert_eq!(
            sql,
            "SELECT NULLIF(c0, E'\\x01'), NULLIF(c1, (-32768)::smallint) FROM unnest($1::text[], $2::smallint[]) AS given (c0, c1)"
        );
        assert_eq!(values.len(), 2);
        let (sql, _) = as_arrays(&[row(Some("a"), Some(1))]).unwrap();
        assert!(sql.starts_with("SELECT c0, c1 FROM"));
        assert!(as_arrays(&[row(Some(NO_TEXT), None), row(None, None)]).is_none());
        assert!(as_arrays(&[row(Some(NO_TEXT), None)]).is_some());
    }
}
