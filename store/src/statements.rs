//! All statements that make the schema, as text: for whoever wants to read them, or to run them by other means.

use std::{collections::BTreeMap, iter::repeat_n};

use matinee_migrations::{Migrator, cockroach};
use matinee_services::ports::RepositoryResult;
use sea_orm::{DbBackend, DbErr, MockDatabase, MockExecResult, Transaction, sea_query::Value};
use sea_orm_migration::{MigratorTrait, SchemaManager};

use crate::{Engine, StoreError};

/// More than the migrations have questions or statements.
const ANSWERS: usize = 10_000;

/// Every statement of all migrations in their order, without `;`; on `CockroachDB` also those that place the tables in
/// `regions`, of which the first is the primary one.
///
/// # Errors
/// `Database` with [`StoreError::Migrate`] where a migration can't be written down.
pub async fn schema_statements(engine: Engine, regions: &[String]) -> RepositoryResult<Vec<String>> {
    let backend = if engine == Engine::Sqlite { DbBackend::Sqlite } else { DbBackend::Postgres };
    // What migrations ask, answered as a database would that has all earlier ones. Each asks by its own column.
    let answers: BTreeMap<&str, Value> = BTreeMap::from([
        ("version", engine.name().into()),
        ("has_table", true.into()),
        ("has_column", false.into()),
        ("has_index", false.into()),
    ]);
    // One that takes statements down instead of running them.
    let db = MockDatabase::new(backend)
        .append_query_results(repeat_n([answers], ANSWERS))
        .append_exec_results(repeat_n(MockExecResult::default(), ANSWERS))
        .into_connection();
    let written = async {
        let manager = SchemaManager::new(&db);
        for migration in Migrator::migrations() {
            migration.up(&manager).await?;
        }
        Ok::<_, DbErr>(())
    };
    written.await.map_err(|error| StoreError::Migrate(Box::new(error)))?;
    let log = db.into_transaction_log();
    let statements = log.iter().flat_map(Transaction::statements).map(ToString::to_string);
    let mut statements: Vec<_> = statements.filter(|sql| !sql.starts_with("SELECT")).collect();
    if engine == Engine::Cockroach {
        statements.extend(cockroach::placing("matinee", regions));
    }
    Ok(statements)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(engine: Engine) -> String {
        schema_statements(engine, &["eu".to_owned()]).await.unwrap().join(";\n")
    }

    #[tokio::test]
    async fn each_engine_has_statements_of_its_own_and_only_those() {
        let (sqlite, postgres, cockroach) =
            (of(Engine::Sqlite).await, of(Engine::Postgres).await, of(Engine::Cockroach).await);
        for (text, is_in) in [
            ("WITHOUT ROWID", [true, false, false]),
            ("PARTITION BY HASH (user_id)", [false, true, false]),
            ("PARTITION BY RANGE (change_set)", [false, true, false]),
            ("COLLATE \"C\"", [false, true, false]),
            ("USING HASH", [false, false, true]),
            ("REGIONAL BY ROW", [false, false, true]),
        ] {
            assert_eq!([&sqlite, &postgres, &cockroach].map(|sql| sql.contains(text)), is_in, "{text}");
        }
        for table in ["movies", "ratings", "changes"] {
            assert!([&sqlite, &postgres, &cockroach].iter().all(|sql| sql.contains(&format!("\"{table}\""))));
        }
    }

    #[tokio::test]
    async fn every_table_that_is_made_has_one_place_on_cockroachdb() {
        let statements = schema_statements(Engine::Cockroach, &["eu".to_owned()]).await.unwrap();
        let made = |sql: &String| sql.strip_prefix("CREATE TABLE ")?.split('"').nth(1).map(str::to_owned);
        let of_placing = |sql: &String| {
            sql.strip_prefix("ALTER TABLE ")?.split_once(" SET LOCALITY").map(|(table, _)| table.to_owned())
        };
        let mut tables: Vec<String> = statements.iter().filter_map(made).collect();
        let mut places: Vec<String> = statements.iter().filter_map(of_placing).collect();
        tables.sort_unstable();
        places.sort_unstable();
        assert!(tables.len() > 20, "{tables:?}");
        assert_eq!(tables, places);
    }
}
