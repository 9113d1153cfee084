//! What was counted for a trial, by arm and day.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "trial_counts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub trial_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub arm: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i64,
    pub people: i64,
    pub films: i64,
    pub opened: i64,
    pub people_opened: i64,
    pub rated: i64,
    pub people_rated: i64,
    pub half_stars: i64,
    pub liked: i64,
    pub people_liked: i64,
    pub dismissed: i64,
    pub people_dismissed: i64,
    pub missed: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
