//! Versions of the recommendation model: what each is, where it is in its life, and how it was judged. The model itself is
//! files; the manifest says which.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text, text_null},
};

use crate::columns::{create, key, moment, one_of, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let models = table("models")
            .col(text("name"))
            .col(one_of("state", &["candidate", "shadow", "live", "retired", "refused"]))
            .col(text("manifest"))
            .col(big_integer("size_bytes").check(Expr::col("size_bytes").gte(0)))
            .col(text_null("verdict"))
            .col(moment("created_at"))
            .col(moment("changed_at"))
            .col(version())
            .primary_key(&mut key(&["name"]))
            .take();
        create(manager, models).await
    }
}
