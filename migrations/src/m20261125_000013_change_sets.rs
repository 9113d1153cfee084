//! Change sets: who changed something, when and why. The rows of one are in `changes`. Nothing here is ever updated but by erasing a person.

use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null, uuid, uuid_null},
};

use crate::columns::{create_clustered_by_time, index, key, moment, one_of, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A version 7 UUID: ids in order are change sets in the order of their beginning.
        let change_sets = table("change_sets")
            .col(uuid("id"))
            .col(moment("at"))
            .col(one_of("actor_kind", &["person", "operator", "system"]))
            // The person, where it is one.
            .col(uuid_null("actor"))
            .col(text_null("request_id"))
            // What was done, such as `rate` or `import`.
            .col(text("reason"))
            .col(text_null("note"))
            .primary_key(&mut key(&["id"]))
            .take();
        create_clustered_by_time(manager, change_sets, "id").await?;
        // One person's change sets, for `matinee history list --actor`.
        manager.create_index(index("change_sets", &["actor", "id"])).await
    }
}
