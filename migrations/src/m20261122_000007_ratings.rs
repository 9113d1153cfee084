//! Ratings: the largest table by far.

use sea_orm_migration::{
    prelude::*,
    schema::{small_integer, uuid},
};

use crate::columns::{belongs_to, create_clustered_hashed, index, key, moment, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ratings = table("ratings")
            .col(uuid("user_id"))
            .col(uuid("movie_id"))
            .col(small_integer("half_stars").check(Expr::col("half_stars").between(1, 10)))
            .col(moment("rated_at"))
            .col(version())
            .primary_key(&mut key(&["user_id", "movie_id"]))
            .foreign_key(&mut belongs_to("user_id", "ratings", "users"))
            .foreign_key(&mut belongs_to("movie_id", "ratings", "movies"))
            .take();
        create_clustered_hashed(manager, ratings, "user_id").await?;
        // Histograms and statistics read this one alone.
        manager.create_index(index("ratings", &["movie_id", "half_stars"])).await?;
        manager.create_index(index("ratings", &["user_id", "rated_at"])).await
    }
}
