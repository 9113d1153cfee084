//! Second factors of people.

use sea_orm::entity::prelude::*;

use super::Moment;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factors")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// What the authenticator shares, as it is given to it or sealed; empty where a passkey is asked for.
    pub secret: String,
    /// The last time step whose code was used.
    pub last_step: i64,
    /// Wrong codes since the last right one.
    pub failures: i64,
    pub failed_at: Option<Moment>,
    pub created_at: Moment,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
