//! Tokens that were sent to people's addresses: to confirm one, and to set a new password. Of each only its digest is kept; a row lives for
//! minutes or hours, and is gone with its first use.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
};

use crate::columns::{belongs_to, create, index, moment, one_of, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tokens = table("mail_tokens")
            .col(text("id").primary_key())
            .col(uuid("user_id"))
            .col(one_of("purpose", &["confirm", "reset"]))
            .col(text("email"))
            .col(moment("expires_at"))
            .foreign_key(&mut belongs_to("user_id", "mail_tokens", "users"))
            .take();
        create(manager, tokens).await?;
        manager.create_index(index("mail_tokens", &["user_id"])).await?;
        manager.create_index(index("mail_tokens", &["expires_at"])).await
    }
}
