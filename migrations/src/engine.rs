//! Which engine a migration runs on.

use sea_orm_migration::{
    prelude::{DbErr, SchemaManager},
    sea_orm::{ConnectionTrait, DbBackend, Statement},
};

/// PostgreSQL and `CockroachDB` are one backend to the builder, and two in what they know of placing data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
    Cockroach,
}

impl Engine {
    /// Asks the server, where the backend alone doesn't say.
    pub async fn of(manager: &SchemaManager<'_>) -> Result<Self, DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            return Ok(Self::Sqlite);
        }
        let ask = Statement::from_string(manager.get_database_backend(), "SELECT version()");
        let row = manager.get_connection().query_one_raw(ask).await?;
        let version: String = row.map(|row| row.try_get("", "version")).transpose()?.unwrap_or_default();
        Ok(if version.contains("CockroachDB") { Self::Cockroach } else { Self::Postgres })
    }
}
