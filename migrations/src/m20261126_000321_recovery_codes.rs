//! Recovery codes that people have left, for when they lost their authenticator. Of each only its SHA-256 is kept; a used one is removed.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
};

use crate::columns::{belongs_to, create_clustered_hashed, key, moment, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let codes = table("recovery_codes")
            .col(uuid("user_id"))
            .col(text("code_hash"))
            .col(moment("created_at"))
            .col(version())
            .primary_key(&mut key(&["user_id", "code_hash"]))
            .foreign_key(&mut belongs_to("user_id", "recovery_codes", "users"))
            .take();
        create_clustered_hashed(manager, codes, "user_id").await
    }
}
