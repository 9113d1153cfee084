//! The rows of change sets: which row, its version before and after, and what it was before.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, text, text_null, uuid, uuid_null},
};

use crate::columns::{create_clustered_by_time, index, key, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // No foreign key to `change_sets`: the two are written together, and history is dropped by whole ranges of ids.
        let changes = table("changes")
            .col(uuid("change_set"))
            // In the order in which they were made.
            .col(big_integer("position"))
            .col(text("table_name"))
            // A JSON array of the key's values; the empty text where `added_keys` stands for many rows.
            .col(text("row_key"))
            // Whose row it is: the person who owns it, or the film it is part of.
            .col(uuid_null("subject"))
            // Null where the row was not there.
            .col(big_integer_null("version_before"))
            // Null where the row was removed.
            .col(big_integer_null("version_after"))
            // The row before, as a JSON object; null where it was not there or its content is secret.
            .col(text_null("image_before"))
            // Keys of rows that a bulk write added, one after the other.
            .col(ColumnDef::new("added_keys").blob().take())
            .primary_key(&mut key(&["change_set", "position"]))
            .take();
        create_clustered_by_time(manager, changes, "change_set").await?;
        // A film's or a person's history; and whether a row was changed after a change set.
        manager.create_index(index("changes", &["subject", "change_set"])).await
    }
}
