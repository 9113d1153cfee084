//! Tokens with which programs use the API in a person's name. Of the secret only its SHA-256 is kept.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer_null, text, uuid},
};

use crate::columns::{belongs_to, create_clustered_hashed, key, moment, one_of, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tokens = table("api_tokens")
            .col(uuid("user_id"))
            .col(uuid("id"))
            .col(text("name"))
            .col(one_of("scope", &["read", "write"]))
            .col(text("secret_hash"))
            .col(moment("created_at"))
            .col(moment("expires_at"))
            .col(big_integer_null("used_at"))
            .col(version())
            .primary_key(&mut key(&["user_id", "id"]))
            .foreign_key(&mut belongs_to("user_id", "api_tokens", "users"))
            .take();
        create_clustered_hashed(manager, tokens, "user_id").await
    }
}
