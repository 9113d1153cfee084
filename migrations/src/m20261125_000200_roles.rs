//! What people may do beside using the site. Everybody who is there already is a member.

use sea_orm_migration::prelude::*;

use crate::columns::{add_column, one_of};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let role = one_of("role", &["member", "editor", "admin"]).not_null().default("member").take();
        add_column(manager, "users", "role", role).await
    }
}
