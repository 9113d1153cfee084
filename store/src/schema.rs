//! Which schema a database has, looked at before anything in it is changed.

use std::collections::BTreeSet;

use matinee_migrations::Migrator;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use sea_orm_migration::MigratorTrait;

use crate::StoreError;

/// Whether a database has the schema of this program: then nothing has to be changed, which not every role may.
///
/// # Errors
/// [`StoreError::NewerSchema`] when a newer program has been there.
pub(crate) async fn is_current(db: &DatabaseConnection) -> Result<bool, StoreError> {
    let ask = Statement::from_string(db.get_database_backend(), "SELECT version FROM seaql_migrations");
    // There may be no such table yet. Where it may not be read, the migrations themselves say more.
    let Ok(rows) = db.query_all_raw(ask).await else { return Ok(false) };
    let applied: BTreeSet<String> = rows.iter().filter_map(|row| row.try_get_by_index(0).ok()).collect();
    let known: BTreeSet<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let unknown: Vec<String> = applied.difference(&known).cloned().collect();
    if unknown.is_empty() { Ok(known.is_subset(&applied)) } else { Err(StoreError::NewerSchema { unknown }) }
}
