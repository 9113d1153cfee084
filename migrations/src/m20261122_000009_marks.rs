//! What people said of films beside rating them.

use sea_orm_migration::{prelude::*, schema::uuid};

use crate::columns::{belongs_to, create_clustered_hashed, index, key, moment, one_of, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let marks = table("marks")
            .col(uuid("user_id"))
            .col(uuid("movie_id"))
            .col(one_of("mark", &["not_interested", "not_because"]))
            .col(moment("at"))
            .col(version())
            .primary_key(&mut key(&["user_id", "movie_id", "mark"]))
            .foreign_key(&mut belongs_to("user_id", "marks", "users"))
            .foreign_key(&mut belongs_to("movie_id", "marks", "movies"))
            .take();
        create_clustered_hashed(manager, marks, "user_id").await?;
        manager.create_index(index("marks", &["movie_id"])).await
    }
}
