//! Sign-ins that failed, by a digest of e-mail address and network address, so that instances agree on how long to wait. A row is gone with
//! the next success, or after a day.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text},
};

use crate::columns::{create, index, moment, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let failures = table("sign_in_failures")
            .col(text("id").primary_key())
            .col(big_integer("failures"))
            .col(moment("last_at"))
            .take();
        create(manager, failures).await?;
        manager.create_index(index("sign_in_failures", &["last_at"])).await
    }
}
