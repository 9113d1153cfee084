//! A film's or a person's history, and whether a row was changed after a change set: for single changes.

use sea_orm_migration::prelude::*;

use crate::columns::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut by_subject = index("change_sets", &["subject", "id"]);
        manager.create_index(by_subject.and_where(Expr::col("subject").is_not_null()).take()).await
    }
}
