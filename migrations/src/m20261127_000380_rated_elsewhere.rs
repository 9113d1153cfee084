//! How many people rated a film elsewhere, and their mean of ten points in tenths; both or neither. Unlike the statistics beside them these are
//! what a source says, and so a change of the row.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer_null, small_integer_null},
};

use crate::columns::add_column;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_column(manager, "movies", "votes_elsewhere", big_integer_null("votes_elsewhere")).await?;
        add_column(manager, "movies", "mean_elsewhere_tenths", small_integer_null("mean_elsewhere_tenths")).await
    }
}
