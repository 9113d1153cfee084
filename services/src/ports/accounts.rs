use async_trait::async_trait;
use matinee_domain::{Account, Email, Timestamp, UserId};

use super::RepositoryResult;

/// An account to be added.
#[derive(Clone, Debug)]
pub struct NewAccountRow {
    pub id: UserId,
    pub name: String,
    pub email: Email,
    /// PHC string.
    pub password_hash: String,
    pub created_at: Timestamp,
}

/// What a sign-in is checked against.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub user: UserId,
    /// PHC string.
    pub password_hash: String,
}

/// Accounts of people. Raters that came with a data set have none.
#[async_trait]
pub trait AccountRepository: Send + Sync {
    /// # Errors
    /// `Exists` when the e-mail address is taken.
    async fn add(&self, account: NewAccountRow) -> RepositoryResult<()>;
    async fn lookup(&self, user: UserId) -> RepositoryResult<Option<Account>>;
    async fn lookup_credentials(&self, email: &Email) -> RepositoryResult<Option<Credentials>>;
    /// Sets the password of a person who has an e-mail address. `reason` is what the journal says of it.
    ///
    /// # Errors
    /// `NotFound` when the person isn't there.
    async fn set_password_hash(&self, user: UserId, phc: &str, reason: &'static str) -> RepositoryResult<()>;
    /// Whether searches and views are kept. Switching off does not clear what was kept.
    async fn set_keeps_history(&self, user: UserId, keeps: bool) -> RepositoryResult<()>;
    /// Removes the account with everything the person owns: ratings, marks, activity, sessions. Films' rating
    /// statistics follow. Removing twice is harmless.
    async fn remove(&self, user: UserId) -> RepositoryResult<()>;
}
