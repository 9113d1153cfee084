//! Changed rows.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "changes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub change_set: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub table_name: String,
    /// A JSON array; empty where `added_keys` stands for many rows.
    pub row_key: String,
    pub subject: Option<Uuid>,
    pub version_before: Option<i64>,
    pub version_after: Option<i64>,
    /// A JSON object.
    pub image_before: Option<String>,
    pub added_keys: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
