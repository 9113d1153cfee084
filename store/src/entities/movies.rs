//! Films. Statistics are kept by `repositories::statistics` alone.

use sea_orm::entity::prelude::*;

use super::Moment;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "movies")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub title: String,
    /// As the source wrote it, where that differs from the title.
    pub original_title: Option<String>,
    pub match_key: String,
    pub year: Option<i16>,
    pub runtime_min: Option<i16>,
    pub plot: Option<String>,
    /// Where a picture of it is, with its size; all three or none.
    pub poster_url: Option<String>,
    pub poster_width_px: Option<i16>,
    pub poster_height_px: Option<i16>,
    /// People who rated it elsewhere, and their mean of ten points in tenths; both or neither.
    pub votes_elsewhere: Option<i64>,
    pub mean_elsewhere_tenths: Option<i16>,
    pub rating_count: i64,
    pub rating_sum_half_stars: i64,
    /// How many people gave it one half star, two, and so on.
    #[sea_orm(column_name = "rated_1")]
    pub rated_1: i64,
    #[sea_orm(column_name = "rated_2")]
    pub rated_2: i64,
    #[sea_orm(column_name = "rated_3")]
    pub rated_3: i64,
    #[sea_orm(column_name = "rated_4")]
    pub rated_4: i64,
    #[sea_orm(column_name = "rated_5")]
    pub rated_5: i64,
    #[sea_orm(column_name = "rated_6")]
    pub rated_6: i64,
    #[sea_orm(column_name = "rated_7")]
    pub rated_7: i64,
    #[sea_orm(column_name = "rated_8")]
    pub rated_8: i64,
    #[sea_orm(column_name = "rated_9")]
    pub rated_9: i64,
    #[sea_orm(column_name = "rated_10")]
    pub rated_10: i64,
    /// The mean in half stars, drawn towards the mean of all; null where nobody rated.
    pub popularity: Option<f64>,
    pub created_at: Moment,
    pub updated_at: Moment,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
