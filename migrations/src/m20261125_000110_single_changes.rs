//! A change set of one change keeps it in its own row: a rating then costs one more row, not two with their indexes.
//!
//! Change sets of several changes, and all from before, keep theirs in `changes`. A program of the version before this one
//! that still runs writes as it did, and neither sees single changes of the new one nor erases them with their person: accounts
//! should be deleted when the old one is gone.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer_null, uuid_null},
};

use crate::columns::{add_column, add_text_column};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // As the columns of the same names in `changes`; all null where the changes are there, or there are none (left).
        add_text_column(manager, "change_sets", "table_name").await?;
        add_text_column(manager, "change_sets", "row_key").await?;
        add_column(manager, "change_sets", "subject", uuid_null("subject")).await?;
        add_column(manager, "change_sets", "version_before", big_integer_null("version_before")).await?;
        add_column(manager, "change_sets", "version_after", big_integer_null("version_after")).await?;
        add_text_column(manager, "change_sets", "image_before").await?;
        add_column(manager, "change_sets", "added_keys", ColumnDef::new("added_keys").blob().take()).await
    }
}
