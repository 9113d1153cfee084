//! Passkeys of people: what each is called by the device that holds it and by its owner, its public key, and what changes with its use
//! (the device's counter). The private key never leaves the device.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer_null, text, uuid},
};

use crate::columns::{belongs_to, create_hashed, key, moment, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let passkeys = table("passkeys")
            .col(uuid("user_id"))
            .col(text("id"))
            .col(text("name"))
            .col(text("public_key"))
            .col(text("state"))
            .col(moment("created_at"))
            .col(big_integer_null("used_at"))
            .col(version())
            .primary_key(&mut key(&["user_id", "id"]))
            .foreign_key(&mut belongs_to("user_id", "passkeys", "users"))
            .take();
        create_hashed(manager, passkeys, "user_id").await
    }
}
