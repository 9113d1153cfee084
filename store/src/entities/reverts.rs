//! Which change sets a change set takes back.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reverts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub change_set: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub reverted: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
