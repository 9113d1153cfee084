//! Where a picture of a film is, with its size in pixels: all three or none.

use sea_orm_migration::{
    prelude::*,
    schema::{small_integer_null, text_null},
};

use crate::columns::add_column;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_column(manager, "movies", "poster_url", text_null("poster_url")).await?;
        add_column(manager, "movies", "poster_width_px", small_integer_null("poster_width_px")).await?;
        add_column(manager, "movies", "poster_height_px", small_integer_null("poster_height_px")).await
    }
}
