//! How people tuned their lists of recommendations: one row for each who turned a knob.

use sea_orm_migration::{
    prelude::*,
    schema::{boolean, small_integer, text, uuid},
};

use crate::columns::{belongs_to, create_clustered_hashed, key, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let leaning = |name: &'static str| small_integer(name).check(Expr::col(name).between(-2, 2)).take();
        let knobs = table("knobs")
            .col(uuid("user_id"))
            .col(leaning("popularity"))
            .col(leaning("recency"))
            .col(small_integer("diversity").check(Expr::col("diversity").between(0, 4)))
            .col(boolean("hide_seen"))
            // A JSON array of names: read and written whole.
            .col(text("excluded_genres"))
            .col(version())
            .primary_key(&mut key(&["user_id"]))
            .foreign_key(&mut belongs_to("user_id", "knobs", "users"))
            .take();
        create_clustered_hashed(manager, knobs, "user_id").await
    }
}
