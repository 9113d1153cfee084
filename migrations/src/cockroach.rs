//! What only `CockroachDB` says: where rows are kept, keys that make no hot range, and [`backup`]s.
//!
//! None of this has run on a `CockroachDB`: each statement is taken from the page of its documentation that is named
//! beside it (<https://www.cockroachlabs.com/docs/stable/>) and holds against the published grammar.

pub mod backup;

use sea_orm_migration::{
    prelude::{DbErr, PostgresQueryBuilder, SchemaManager, TableCreateStatement},
    sea_orm::ConnectionTrait,
};

/// Read everywhere and seldom written: `table-localities`, "Global tables". Films themselves are not among them, since
/// each rating changes its film's statistics, and writes to global tables wait for all regions.
const GLOBAL: [&str; 5] = ["movie_titles", "movie_genres", "credits", "people", "external_ids"];

/// What a person owns, kept in the region where the person is served: `table-localities`, "Regional by row tables".
const REGIONAL_BY_ROW: [&str; 14] = [
    "ratings",
    "activity",
    "marks",
    "knobs",
    "api_tokens",
    "identities",
    "second_factors",
    "recovery_codes",
    "passkeys",
    "mail_tokens",
    "sign_in_attempts",
    "evenings",
    "evening_guests",
    "trial_shown",
];

/// Kept in the primary region: `table-localities`, "Regional tables". Failed sign-ins are among them, for whoever guesses may come by any
/// region, and counts of trials, to which all regions add.
const REGIONAL: [&str; 12] = [
    "movies",
    "users",
    "sessions",
    "sign_in_failures",
    "imports",
    "models",
    "trials",
    "trial_counts",
    "rating_priors",
    "change_sets",
    "changes",
    "reverts",
];

/// How long what was overwritten or deleted can still be read and backed up with its history, in seconds.
const GC_TTL_S: u32 = 14_400;

/// Makes a table whose key grows with time in ranges by the hash of its key, so that not one range takes all writes:
/// `hash-sharded-indexes`, "Create a table with a hash-sharded primary key". (Sharding it later would keep the old key as
/// a second index, as hot as before: `alter-table`, "ALTER PRIMARY KEY".)
pub(crate) async fn create_hash_sharded(
    manager: &SchemaManager<'_>,
    table: &TableCreateStatement,
) -> Result<(), DbErr> {
    let sql = hash_sharded(&table.to_string(PostgresQueryBuilder));
    manager.get_connection().execute_unprepared(&sql).await.map(|_| ())
}

fn hash_sharded(create: &str) -> String {
    const KEY: &str = "PRIMARY KEY (";
    let ends = create.find(KEY).and_then(|at| create[at..].find(')').map(|length| at + length + 1));
    let ends = ends.expect("the key of such a table is declared after its columns");
    format!("{} USING HASH{}", &create[..ends], &create[ends..])
}

/// The statements that place the tables of `database` in these regions, the primary one first, once all migrations have
/// run. Empty for less than one region.
pub fn placing(database: &str, regions: &[String]) -> Vec<String> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let database = quoted(database);
    let Some((primary, others)) = regions.split_first() else { return Vec::new() };
    // `alter-database`: "SET PRIMARY REGION", "ADD REGION", "SURVIVE ZONE/REGION FAILURE".
    let mut statements = vec![format!("ALTER DATABASE {database} SET PRIMARY REGION {}", quoted(primary))];
    statements.extend(
        others.iter().map(|region| format!("ALTER DATABASE {database} ADD REGION IF NOT EXISTS {}", quoted(region))),
    );
    if regions.len() >= 3 {
        // Less than three regions can't survive the loss of one.
        statements.push(format!("ALTER DATABASE {database} SURVIVE REGION FAILURE"));
    }
    // `alter-table`: "SET LOCALITY".
    statements.extend(GLOBAL.map(|table| format!("ALTER TABLE {table} SET LOCALITY GLOBAL")));
    statements.extend(REGIONAL_BY_ROW.map(|table| format!("ALTER TABLE {table} SET LOCALITY REGIONAL BY ROW")));
    statements
        .extend(REGIONAL.map(|table| format!("ALTER TABLE {table} SET LOCALITY REGIONAL BY TABLE IN PRIMARY REGION")));
    // `configure-replication-zones`, "gc.ttlseconds"; `alter-database`, "CONFIGURE ZONE".
    statements.push(format!("ALTER DATABASE {database} CONFIGURE ZONE USING gc.ttlseconds = {GC_TTL_S}"));
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_key_alone_is_sharded() {
        let sql = r#"CREATE TABLE IF NOT EXISTS "t" ( "a" uuid NOT NULL, "b" bigint, PRIMARY KEY ("a", "b") )"#;
        assert_eq!(hash_sharded(sql), sql.replace(r#"("a", "b")"#, r#"("a", "b") USING HASH"#));
    }

    #[test]
    fn every_table_has_one_place() {
        let regions = ["eu", "us", "ap"].map(str::to_owned);
        let statements = placing("matinee", &regions);
        for table in GLOBAL.iter().chain(&REGIONAL_BY_ROW).chain(&REGIONAL) {
            assert_eq!(statements.iter().filter(|sql| sql.contains(&format!("TABLE {table} "))).count(), 1, "{table}");
        }
        assert!(statements[0].ends_with(r#"SET PRIMARY REGION "eu""#));
        assert!(!placing("matinee", &regions[..2]).iter().any(|sql| sql.contains("SURVIVE")));
        assert_eq!(placing("matinee", &[]), [""; 0]);
    }
}
