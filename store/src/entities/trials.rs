//! Trials of a model.

use sea_orm::entity::prelude::*;

use super::Moment;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "trials")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub state: String,
    pub on_trial: String,
    pub against: String,
    pub share_permille: i16,
    pub started_at: Moment,
    pub ended_at: Option<Moment>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
