//! Films that people opened, from a search or otherwise.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
};

use crate::columns::{belongs_to, create_clustered_hashed, index, key, moment, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let activity = table("activity")
            .col(uuid("user_id"))
            .col(uuid("movie_id"))
            // Empty where no search led there: a key can't hold nulls.
            .col(text("query"))
            .col(moment("at"))
            .col(version())
            .primary_key(&mut key(&["user_id", "movie_id", "query"]))
            .foreign_key(&mut belongs_to("user_id", "activity", "users"))
            .foreign_key(&mut belongs_to("movie_id", "activity", "movies"))
            .take();
        create_clustered_hashed(manager, activity, "user_id").await?;
        manager.create_index(index("activity", &["movie_id"])).await?;
        manager.create_index(index("activity", &["user_id", "at"])).await
    }
}
