//! One person's change sets where they aren't found by their subject: nearly always people change what is their own.

use sea_orm_migration::prelude::*;

use crate::columns::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut on_others = index("change_sets", &["actor", "id"]);
        on_others.name("change_sets_actor_elsewhere_idx");
        // A statement must say it in these very words for SQLite to use the index.
        manager.create_index(on_others.and_where(Expr::cust("actor IS DISTINCT FROM subject")).take()).await
    }
}
