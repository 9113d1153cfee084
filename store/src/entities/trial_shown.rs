//! Which films people were shown in a trial, and what they did with them.

use sea_orm::entity::prelude::*;

use super::Moment;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "trial_shown")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub trial_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub movie_id: Uuid,
    pub arm: String,
    pub shown_at: Moment,
    pub opened_at: Option<Moment>,
    pub half_stars: Option<i16>,
    pub dismissed_at: Option<Moment>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
