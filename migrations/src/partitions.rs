//! Tables in partitions, on PostgreSQL.
//!
//! What belongs to a film is kept in partitions by the hash of the film's id, what belongs to a person by the hash of the
//! person's, so that a page reads one partition of each table, and a disk can be added for either. A unique key has to
//! hold the partition's column; tables whose keys don't stay whole: `users` (addresses are unique over all of them),
//! `external_ids` (found by source and number, and by film) and `sessions` (by a random id, and short-lived).

use sea_orm_migration::{
    prelude::{DbErr, PostgresQueryBuilder, SchemaManager, TableCreateStatement},
    sea_orm::ConnectionTrait,
};

/// Partitions of each table at first; `matinee partitions split` makes more.
pub const PARTITIONS: u32 = 4;

/// Makes the table, and its partitions if it has any.
pub async fn create(
    manager: &SchemaManager<'_>,
    mut table: TableCreateStatement,
    hashed_by: Option<&str>,
) -> Result<(), DbErr> {
    if let Some(column) = hashed_by {
        table.extra(format!("PARTITION BY HASH ({column})"));
    }
    let sql = in_order_of_bytes(&table.to_string(PostgresQueryBuilder));
    let db = manager.get_connection();
    db.execute_unprepared(&sql).await?;
    if hashed_by.is_none() {
        return Ok(());
    }
    let name = name_of(&sql);
    for remainder in 0..PARTITIONS {
        db.execute_unprepared(&format!(
            "CREATE TABLE IF NOT EXISTS {name}_m{PARTITIONS}_r{remainder} PARTITION OF {name} \
             FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {remainder})"
        ))
        .await?;
    }
    Ok(())
}

/// Text is ordered as SQLite and `CockroachDB` order it, whatever the database's own collation is; and an update of the
/// system's collations can't break an index.
fn in_order_of_bytes(sql: &str) -> String {
    // The builder writes a column's type right after its quoted name, and nothing else so.
    sql.replace("\" text", "\" text COLLATE \"C\"")
}

fn name_of(create: &str) -> &str {
    create.split('"').nth(1).expect("the builder quotes the name of the table, which comes first")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_columns_are_in_order_of_bytes() {
        let sql = r#"CREATE TABLE IF NOT EXISTS "t" ( "id" text NOT NULL PRIMARY KEY, "text" bigint )"#;
        let ordered = r#"CREATE TABLE IF NOT EXISTS "t" ( "id" text COLLATE "C" NOT NULL PRIMARY KEY, "text" bigint )"#;
        assert_eq!(in_order_of_bytes(sql), ordered);
        assert_eq!(name_of(sql), "t");
    }
}
