//! How people tuned their lists of recommendations.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "knobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// −2 to 2.
    pub popularity: i16,
    /// −2 to 2.
    pub recency: i16,
    /// 0 to 4.
    pub diversity: i16,
    pub hide_seen: bool,
    /// A JSON array of names.
    pub excluded_genres: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
