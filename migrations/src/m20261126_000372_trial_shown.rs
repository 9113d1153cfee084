//! Which films of their lists people were shown in a trial, and whether they did something with them: each thing is to count once. It is
//! forgotten when the trial has ended, and none of it is journaled.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer_null, small_integer_null, uuid},
};

use crate::columns::{belongs_to, create_clustered_hashed, key, moment, one_of, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let shown = table("trial_shown")
            .col(uuid("user_id"))
            .col(uuid("trial_id"))
            // No foreign key: a film that is removed would have to look for its rows in all partitions.
            .col(uuid("movie_id"))
            .col(one_of("arm", &["live", "trial"]))
            .col(moment("shown_at"))
            .col(big_integer_null("opened_at"))
            .col(small_integer_null("half_stars"))
            .col(big_integer_null("dismissed_at"))
            .primary_key(&mut key(&["user_id", "trial_id", "movie_id"]))
            .foreign_key(&mut belongs_to("user_id", "trial_shown", "users"))
            .take();
        create_clustered_hashed(manager, shown, "user_id").await
    }
}
