//! Sign-ins begun at other providers. Not journaled: they are secrets that live for minutes.

use sea_orm::entity::prelude::*;

use super::Moment;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_attempts")]
pub struct Model {
    /// Digest of the `state`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Digest of the browser's cookie.
    pub browser: String,
    pub provider: String,
    pub nonce: String,
    pub verifier: String,
    pub back: String,
    /// Whose account is to be linked; nobody's for a sign-in.
    pub user_id: Option<Uuid>,
    pub expires_at: Moment,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
