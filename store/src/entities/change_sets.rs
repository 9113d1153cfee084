//! Who changed something, when and why; and what, where it was one row.

use sea_orm::entity::prelude::*;

use super::Moment;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "change_sets")]
pub struct Model {
    /// Version 7, in order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: Moment,
    pub actor_kind: String,
    pub actor: Option<Uuid>,
    pub request_id: Option<String>,
    pub reason: String,
    pub note: Option<String>,
    /// Null where the changes are in `changes`; the rest as there.
    pub table_name: Option<String>,
    pub row_key: Option<String>,
    pub subject: Option<Uuid>,
    pub version_before: Option<i64>,
    pub version_after: Option<i64>,
    pub image_before: Option<String>,
    pub added_keys: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
