//! The mean that films' `popularity` is drawn towards: one row, of id 1.

use sea_orm_migration::{
    prelude::*,
    schema::{double, small_integer},
};

use crate::columns::{create, moment, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let priors = table("rating_priors")
            .col(small_integer("id").primary_key().check(Expr::col("id").eq(1)))
            .col(double("mean_half_stars"))
            .col(moment("computed_at"))
            .col(version())
            .take();
        create(manager, priors).await
    }
}
