//! Hashes of passwords go from the history of `users`: no version from this one on keeps any there.
//!
//! A program of the version before this one that still runs writes them as it did. They are not shown, and go when they are
//! pruned.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

use crate::engine::Engine;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let without_hash = match Engine::of(manager).await? {
            Engine::Sqlite => "json_remove(image_before, '$.password_hash')",
            Engine::Postgres | Engine::Cockroach => "(image_before::jsonb - 'password_hash')::text",
        };
        for table in ["change_sets", "changes"] {
            let strip = format!(
                "UPDATE {table} SET image_before = {without_hash} \
                 WHERE table_name = 'users' AND image_before LIKE '%\"password_hash\"%'"
            );
            manager.get_connection().execute_unprepared(&strip).await?;
        }
        Ok(())
    }
}
