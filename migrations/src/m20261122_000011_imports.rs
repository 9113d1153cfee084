//! How far imports got.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, boolean, text},
};

use crate::columns::{create_clustered, key, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let imports = table("imports")
            .col(text("part"))
            .col(text("fingerprint"))
            .col(big_integer("rows_done").check(Expr::col("rows_done").gte(0)))
            .col(boolean("finished"))
            .col(version())
            .primary_key(&mut key(&["part", "fingerprint"]))
            .take();
        create_clustered(manager, imports).await
    }
}
