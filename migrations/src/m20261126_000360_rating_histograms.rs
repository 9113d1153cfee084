//! How many people gave a film 1, 2, … 10 half stars. Like `rating_count` this follows from `ratings` and is no change of the row; counting
//! a hundred thousand ratings for each look at a film's page takes longer than everything else on it. Filled when statistics
//! are computed anew; until then the page counts.

use sea_orm_migration::{prelude::*, schema::big_integer};

use crate::columns::add_column;

const BARS: [&str; 10] =
    ["rated_1", "rated_2", "rated_3", "rated_4", "rated_5", "rated_6", "rated_7", "rated_8", "rated_9", "rated_10"];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for bar in BARS {
            add_column(manager, "movies", bar, big_integer(bar).default(0).take()).await?;
        }
        Ok(())
    }
}
