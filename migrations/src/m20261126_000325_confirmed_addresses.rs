//! When people showed that their account's e-mail address is theirs; null until then.

use sea_orm_migration::{prelude::*, schema::big_integer_null};

use crate::columns::add_column;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_column(manager, "users", "email_confirmed_at", big_integer_null("email_confirmed_at")).await
    }
}
