//! Trials of a model on a part of the people, beside the live one. Who is in which arm is kept nowhere: it follows from the id.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer_null, small_integer, text, uuid},
};

use crate::columns::{create, key, moment, one_of, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let trials = table("trials")
            .col(uuid("id"))
            .col(one_of("state", &["running", "ended"]))
            .col(text("on_trial"))
            .col(text("against"))
            .col(small_integer("share_permille").check(Expr::col("share_permille").between(1, 999)))
            .col(moment("started_at"))
            .col(big_integer_null("ended_at"))
            .col(version())
            .primary_key(&mut key(&["id"]))
            .take();
        create(manager, trials).await
    }
}
