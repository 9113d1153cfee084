//! People, and their parts in films.

use sea_orm_migration::{
    prelude::*,
    schema::{pk_uuid, small_integer, text, uuid},
};

use crate::columns::{belongs_to, create_clustered, create_clustered_hashed, index, key, one_of, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let people = table("people").col(pk_uuid("id")).col(text("name")).col(version()).take();
        create_clustered(manager, people).await?;
        let credits = table("credits")
            .col(uuid("movie_id"))
            .col(one_of("role", &["director", "writer", "cast"]))
            .col(small_integer("position"))
            .col(uuid("person_id"))
            .col(version())
            .primary_key(&mut key(&["movie_id", "role", "position"]))
            .foreign_key(&mut belongs_to("movie_id", "credits", "movies"))
            .foreign_key(&mut belongs_to("person_id", "credits", "people"))
            .take();
        create_clustered_hashed(manager, credits, "movie_id").await?;
        manager.create_index(index("credits", &["person_id", "movie_id"])).await
    }
}
