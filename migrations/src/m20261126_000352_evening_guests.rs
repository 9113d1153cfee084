//! Who takes part in an evening, its planner included: each row is a person's consent to share their taste there.

use sea_orm_migration::{prelude::*, schema::uuid};

use crate::columns::{belongs_to, create_clustered_hashed, index, key, moment, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let guests = table("evening_guests")
            .col(uuid("user_id"))
            .col(uuid("evening_id"))
            .col(moment("joined_at"))
            .col(version())
            .primary_key(&mut key(&["user_id", "evening_id"]))
            .foreign_key(&mut belongs_to("user_id", "evening_guests", "users"))
            .foreign_key(&mut belongs_to("evening_id", "evening_guests", "evenings"))
            .take();
        create_clustered_hashed(manager, guests, "user_id").await?;
        // Who takes part in one.
        manager.create_index(index("evening_guests", &["evening_id"])).await
    }
}
