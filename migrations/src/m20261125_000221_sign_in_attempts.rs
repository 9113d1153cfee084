//! Sign-ins that people have begun at other providers. A row lives for minutes, and is gone with its first use.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid_null},
};

use crate::columns::{belongs_to, create, index, moment, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let attempts = table("sign_in_attempts")
            .col(text("id").primary_key())
            .col(text("browser"))
            .col(text("provider"))
            .col(text("nonce"))
            .col(text("verifier"))
            .col(text("back"))
            .col(uuid_null("user_id"))
            .col(moment("expires_at"))
            .foreign_key(&mut belongs_to("user_id", "sign_in_attempts", "users"))
            .take();
        create(manager, attempts).await?;
        manager.create_index(index("sign_in_attempts", &["user_id"])).await?;
        manager.create_index(index("sign_in_attempts", &["expires_at"])).await
    }
}
