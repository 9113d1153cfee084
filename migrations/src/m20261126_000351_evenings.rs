//! Evenings that people plan together. Found by their id, and by the digest of the link that invites to one; gone after days.

use sea_orm_migration::{
    prelude::*,
    schema::{text_null, uuid},
};

use crate::columns::{belongs_to, create, index, moment, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let evenings = table("evenings")
            .col(uuid("id").primary_key())
            // Who plans it.
            .col(uuid("user_id"))
            .col(text_null("link_hash"))
            .col(moment("created_at"))
            .col(moment("expires_at"))
            .col(version())
            .foreign_key(&mut belongs_to("user_id", "evenings", "users"))
            .take();
        create(manager, evenings).await?;
        manager.create_index(index("evenings", &["user_id"])).await?;
        manager.create_index(index("evenings", &["link_hash"])).await?;
        manager.create_index(index("evenings", &["expires_at"])).await
    }
}
