//! What was counted for a trial: one row for each arm and day. They are numbers of nobody in particular, and not journaled.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, uuid},
};

use crate::columns::{create_clustered, key, one_of, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

const COUNTS: [&str; 12] = [
    "people",
    "films",
    "opened",
    "people_opened",
    "rated",
    "people_rated",
    "half_stars",
    "liked",
    "people_liked",
    "dismissed",
    "people_dismissed",
    "missed",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut counts = table("trial_counts");
        // The day: since 1970, in UTC.
        counts.col(uuid("trial_id")).col(one_of("arm", &["live", "trial"])).col(big_integer("day"));
        for name in COUNTS {
            counts.col(big_integer(name).default(0));
        }
        create_clustered(manager, counts.primary_key(&mut key(&["trial_id", "arm", "day"])).take()).await
    }
}
