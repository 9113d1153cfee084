//! Sessions of browsers.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid_null},
};

use crate::columns::{belongs_to, create, index, moment, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sessions = table("sessions")
            .col(text("id").primary_key())
            .col(uuid_null("user_id"))
            .col(text("data"))
            .col(moment("expires_at"))
            .col(version())
            .foreign_key(&mut belongs_to("user_id", "sessions", "users"))
            .take();
        create(manager, sessions).await?;
        manager.create_index(index("sessions", &["user_id"])).await?;
        manager.create_index(index("sessions", &["expires_at"])).await
    }
}
