//! Films. `rating_count`, `rating_sum_half_stars` and `popularity` follow from `ratings` and don't count as a change of the row.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, double_null, pk_uuid, small_integer_null, text, text_null},
};

use crate::columns::{create_hashed, index, moment, table, version};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let movies = table("movies")
            .col(pk_uuid("id"))
            .col(text("title"))
            // As the source wrote it, where that differs from the title.
            .col(text_null("original_title"))
            // What all spellings of the title have in common, for joining data sets.
            .col(text("match_key"))
            .col(small_integer_null("year"))
            .col(small_integer_null("runtime_min"))
            .col(text_null("plot"))
            .col(big_integer("rating_count").default(0).check(Expr::col("rating_count").gte(0)))
            .col(big_integer("rating_sum_half_stars").default(0))
            // The mean in half stars, drawn towards the mean of all films; null where nobody rated.
            .col(double_null("popularity"))
            .col(moment("created_at"))
            .col(moment("updated_at"))
            .col(version())
            .take();
        create_hashed(manager, movies, "id").await?;
        manager.create_index(index("movies", &["match_key"])).await?;
        manager.create_index(index("movies", &["popularity", "id"])).await?;
        manager.create_index(index("movies", &["rating_count", "id"])).await
    }
}
