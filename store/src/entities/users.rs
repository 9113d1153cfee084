//! People with an account, and raters that came with a data set.

use sea_orm::entity::prelude::*;

use super::Moment;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub email: Option<String>,
    /// PHC string.
    pub password_hash: Option<String>,
    pub keeps_history: bool,
    pub created_at: Moment,
    /// The name of a `Role`.
    pub role: String,
    /// When the person showed that the address is theirs.
    pub email_confirmed_at: Option<Moment>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
