//! People with an account, and raters that came with a data set (those have neither e-mail address nor password).

use sea_orm_migration::{
    prelude::*,
    schema::{boolean, pk_uuid, text, text_null},
};

use crate::columns::{create_clustered, moment, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let users = table("users")
            .col(pk_uuid("id"))
            .col(text("name"))
            .col(text_null("email"))
            .col(text_null("password_hash"))
            .col(boolean("keeps_history").default(true))
            .col(moment("created_at"))
            .col(version())
            .take();
        create_clustered(manager, users).await?;
        let by_email =
            Index::create().if_not_exists().unique().name("users_email_key").table("users").col("email").take();
        manager.create_index(by_email).await
    }
}
