//! Tables in partitions, on PostgreSQL.
//!
//! What belongs to a film is kept in partitions by the hash of the film's id, what belongs to a person by the hash of the
//! person's, so that a page reads one partition of each table, and a disk can be added for either. A unique key has to
//! hold the partition's column; tables whose keys don't stay whole: `users` (addresses are unique over all of them),
//! `external_ids` (found by source and number, and by film), `identities` (found by issuer and subject, and by person),
//! `evenings` (found by id and by a link's digest, for days),
//! `sign_in_attempts`, `mail_tokens` and `sign_in_failures` (by a digest, for minutes or a day) and `sessions` (by a random id, and short-lived).

use sea_orm_migration::{
    prelude::{DbErr, PostgresQueryBuilder, SchemaManager, TableCreateStatement},
    sea_orm::ConnectionTrait,
};

/// Partitions of each table at first; `matinee partitions split` makes more.
pub const PARTITIONS: u32 = 4;

/// What decides which partition a row is in.
#[derive(Clone, Copy, Debug)]
pub enum By {
    Hash(&'static str),
    /// A version 7 UUID, whose first bits are the time. The store adds a partition for each quarter.
    Time(&'static str),
}

/// Makes the table, and its first partitions if it has any.
pub async fn create(manager: &SchemaManager<'_>, mut table: TableCreateStatement, by: Option<By>) -> Result<(), DbErr> {
    match by {
        Some(By::Hash(column)) => table.extra(format!("PARTITION BY HASH ({column})")),
        Some(By::Time(column)) => table.extra(format!("PARTITION BY RANGE ({column})")),
        None => &mut table,
    };
    let sql = in_order_of_bytes(&table.to_string(PostgresQueryBuilder));
    let db = manager.get_connection();
    db.execute_unprepared(&sql).await?;
    let name = name_of(&sql);
    match by {
        Some(By::Hash(_)) => {
            for remainder in 0..PARTITIONS {
                db.execute_unprepared(&format!(
                    "CREATE TABLE IF NOT EXISTS {name}_m{PARTITIONS}_r{remainder} PARTITION OF {name} \
                     FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {remainder})"
                ))
                .await?;
            }
        }
        // For rows of no quarter that there is: nothing that is written may be refused.
        Some(By::Time(_)) => {
            db.execute_unprepared(&format!("CREATE TABLE IF NOT EXISTS {name}_other PARTITION OF {name} DEFAULT"))
                .await?;
        }
        None => {}
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
