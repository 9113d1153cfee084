//! Wikipedia among the catalogues whose ids are kept.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
    sea_orm::DbBackend,
};

use crate::columns::{belongs_to, create_clustered, index, key, one_of, table, version};

const SOURCES: [&str; 6] = ["movielens", "movielens100k", "imdb", "tmdb", "wikidata", "wikipedia"];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_database_backend() {
            DbBackend::Sqlite => rebuild(manager).await,
            _ => replace_check(manager).await,
        }
    }

    /// SQLite's table is replaced as a whole or not at all.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// SQLite can't change a check, so the rows move to a table with the new one. No other table points to this one.
async fn rebuild(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const NEW: &str = "external_ids_new";
    if manager.has_table("external_ids").await? {
        let external_ids = table(NEW)
            .col(one_of("source", &SOURCES))
            .col(text("external_id"))
            .col(uuid("movie_id"))
            .col(version())
            .primary_key(&mut key(&["source", "external_id"]))
            .foreign_key(&mut belongs_to("movie_id", NEW, "movies"))
            .take();
        create_clustered(manager, external_ids).await?;
        let copy = "INSERT OR IGNORE INTO external_ids_new (source, external_id, movie_id, version) \
                    SELECT source, external_id, movie_id, version FROM external_ids";
        manager.get_connection().execute_unprepared(copy).await?;
        manager.drop_table(Table::drop().table("external_ids").take()).await?;
    }
    manager.rename_table(Table::rename().table(NEW, "external_ids").take()).await?;
    manager.create_index(index("external_ids", &["movie_id"])).await
}

/// PostgreSQL names the check of a column `<table>_<column>_check`, `CockroachDB` `check_<column>`. From here on it has a
/// name of our own.
async fn replace_check(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    for name in ["external_ids_source_check", "check_source", "external_ids_source_known"] {
        db.execute_unprepared(&format!("ALTER TABLE external_ids DROP CONSTRAINT IF EXISTS {name}")).await?;
    }
    let sources = SOURCES.map(|source| format!("'{source}'")).join(", ");
    let add =
        format!("ALTER TABLE external_ids ADD CONSTRAINT external_ids_source_known CHECK (source IN ({sources}))");
    db.execute_unprepared(&add).await?;
    Ok(())
}
