//! Alternative titles of films.

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
        let titles = table("movie_titles")
            .col(uuid("movie_id"))
            .col(text("title"))
            .col(small_integer("position"))
            .col(text("match_key"))
            .col(version())
            .primary_key(&mut key(&["movie_id", "title"]))
            .foreign_key(&mut belongs_to("movie_id", "movie_titles", "movies"))
            .take();
        create_clustered_hashed(manager, titles, "movie_id").await?;
        manager.create_index(index("movie_titles", &["match_key", "movie_id"])).await
    }
}
