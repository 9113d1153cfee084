//! Which change sets a change set takes back.

use sea_orm_migration::{prelude::*, schema::uuid};

use crate::columns::{create_clustered, index, key, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let reverts = table("reverts")
            .col(uuid("change_set"))
            .col(uuid("reverted"))
            .primary_key(&mut key(&["change_set", "reverted"]))
            .take();
        create_clustered(manager, reverts).await?;
        // By what a change set was taken back.
        manager.create_index(index("reverts", &["reverted"])).await
    }
}
