//! Accounts at other providers by which people sign in: who the provider says they are, by its own lasting name.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
};

use crate::columns::{belongs_to, create_clustered, index, key, moment, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let identities = table("identities")
            .col(text("issuer"))
            .col(text("subject"))
            .col(uuid("user_id"))
            .col(text("provider"))
            .col(text("label"))
            .col(moment("linked_at"))
            .col(version())
            .primary_key(&mut key(&["issuer", "subject"]))
            .foreign_key(&mut belongs_to("user_id", "identities", "users"))
            .take();
        create_clustered(manager, identities).await?;
        manager.create_index(index("identities", &["user_id"])).await
    }
}
