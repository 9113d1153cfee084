//! Genres of films; `position` 0 is the most telling.

use sea_orm_migration::{
    prelude::*,
    schema::{small_integer, text, uuid},
};

use crate::columns::{belongs_to, create_clustered_hashed, index, key, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let genres = table("movie_genres")
            .col(uuid("movie_id"))
            .col(text("genre"))
            .col(small_integer("position"))
            .col(version())
            .primary_key(&mut key(&["movie_id", "genre"]))
            .foreign_key(&mut belongs_to("movie_id", "movie_genres", "movies"))
            .take();
        create_clustered_hashed(manager, genres, "movie_id").await?;
        manager.create_index(index("movie_genres", &["genre", "movie_id"])).await
    }
}
