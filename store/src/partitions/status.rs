//! Which partitions there are.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, FromQueryResult, Statement};

use super::PartitionError;

/// A partition, or a table that has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    pub table: String,
    /// The same as the table where it is whole.
    pub name: String,
    pub tablespace: String,
    /// As the planner or the statistics collector last knew it.
    pub rows: u64,
    /// With indexes and long values.
    pub bytes: u64,
    /// What the partition holds, in the server's words; empty where the table is whole.
    pub bound: String,
}

impl Partition {
    /// Modulus and remainder of a partition by hash.
    pub fn hash_bound(&self) -> Option<(u32, u32)> {
        let number = |after: &str| {
            let rest = &self.bound[self.bound.find(after)? + after.len()..];
            rest.trim_start().split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        };
        Some((number("modulus")?, number("remainder")?))
    }
}

#[derive(FromQueryResult)]
struct Listed {
    of_table: String,
    name: String,
    tablespace: String,
    row_count: i64,
    bytes: i64,
    bound: String,
}

/// In the order of tables, and of what the partitions hold.
pub(super) async fn list(db: &DatabaseConnection) -> Result<Vec<Partition>, PartitionError> {
    let sql = "
        SELECT coalesce(parent.relname, leaf.relname)::text AS of_table,
               leaf.relname::text AS name,
               coalesce(placed.spcname, usual.spcname)::text AS tablespace,
               greatest(leaf.reltuples::bigint, pg_stat_get_live_tuples(leaf.oid), 0) AS row_count,
               pg_total_relation_size(leaf.oid) AS bytes,
               coalesce(pg_get_expr(leaf.relpartbound, leaf.oid), '') AS bound
        FROM pg_class leaf
        JOIN pg_database here ON here.datname = current_database()
        JOIN pg_tablespace usual ON usual.oid = here.dattablespace
        LEFT JOIN pg_tablespace placed ON placed.oid = leaf.reltablespace
        LEFT JOIN pg_inherits inherits ON inherits.inhrelid = leaf.oid
        LEFT JOIN pg_class parent ON parent.oid = inherits.inhparent
        WHERE leaf.relkind = 'r' AND leaf.relnamespace = current_schema()::regnamespace";
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let mut list = rows
        .iter()
        .map(|row| {
            let row = Listed::from_query_result(row, "")?;
            Ok(Partition {
                table: row.of_table,
                name: row.name,
                tablespace: row.tablespace,
                rows: u64::try_from(row.row_count).unwrap_or(0),
                bytes: u64::try_from(row.bytes).unwrap_or(0),
                bound: row.bound,
            })
        })
        .collect::<Result<Vec<_>, sea_orm::DbErr>>()?;
    let key = |partition: &Partition| {
        let (modulus, remainder) = partition.hash_bound().unwrap_or_default();
        (partition.table.clone(), remainder, modulus, partition.name.clone())
    };
    list.sort_by_key(key);
    Ok(list)
}

/// The partitions of a table, or the one of that name.
pub(super) async fn named(db: &DatabaseConnection, name: &str) -> Result<Vec<Partition>, PartitionError> {
    let all = list(db).await?;
    let found: Vec<_> =
        all.iter().filter(|partition| partition.table == name || partition.name == name).cloned().collect();
    if found.is_empty() {
        let mut there: Vec<_> = all.into_iter().map(|partition| partition.table).collect();
        there.dedup();
        return Err(PartitionError::NoSuchTable { name: name.to_owned(), there: there.join(", ") });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_read_as_the_server_writes_it() {
        let mut partition = Partition {
            table: "ratings".into(),
            name: "ratings_m8_r5".into(),
            tablespace: "pg_default".into(),
            rows: 0,
            bytes: 0,
            bound: "FOR VALUES WITH (modulus 8, remainder 5)".into(),
        };
        assert_eq!(partition.hash_bound(), Some((8, 5)));
        partition.bound = "DEFAULT".into();
        assert_eq!(partition.hash_bound(), None);
    }
}
