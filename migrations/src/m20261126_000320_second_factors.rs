//! Second factors of people: the secret that their authenticator app shares, the last time step whose code was used, and wrong codes
//! in a row, for each code is worth something once, on whichever instance.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, text, uuid},
};

use crate::columns::{belongs_to, create_clustered_hashed, key, moment, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let factors = table("second_factors")
            .col(uuid("user_id"))
            .col(text("secret"))
            .col(big_integer("last_step"))
            .col(big_integer("failures").default(0))
            .col(big_integer_null("failed_at"))
            .col(moment("created_at"))
            .col(version())
            .primary_key(&mut key(&["user_id"]))
            .foreign_key(&mut belongs_to("user_id", "second_factors", "users"))
            .take();
        create_clustered_hashed(manager, factors, "user_id").await
    }
}
