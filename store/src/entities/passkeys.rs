//! Passkeys of people.

use sea_orm::entity::prelude::*;

use super::Moment;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "passkeys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// What its device calls it, as base64url.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    pub public_key: String,
    /// What changes with its use.
    pub state: String,
    pub created_at: Moment,
    pub used_at: Option<Moment>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
