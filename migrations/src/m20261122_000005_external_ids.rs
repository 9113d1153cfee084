//! Films' numbers in other catalogues.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
};

use crate::columns::{belongs_to, create_clustered, index, key, one_of, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let external_ids = table("external_ids")
            .col(one_of("source", &["movielens", "movielens100k", "imdb", "tmdb", "wikidata"]))
            .col(text("external_id"))
            .col(uuid("movie_id"))
            .col(version())
            .primary_key(&mut key(&["source", "external_id"]))
            .foreign_key(&mut belongs_to("movie_id", "external_ids", "movies"))
            .take();
        create_clustered(manager, external_ids).await?;
        manager.create_index(index("external_ids", &["movie_id"])).await
    }
}
