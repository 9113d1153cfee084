use async_trait::async_trait;
use matinee_domain::{Email, Timestamp, UserId};

use super::RepositoryResult;

/// Who somebody is at a provider: the provider's issuer, and its lasting name for the person. Nothing else names them; e-mail
/// addresses change hands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdentityKey {
    pub issuer: String,
    pub subject: String,
}

/// An account at a provider by which a person signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub key: IdentityKey,
    pub user: UserId,
    /// The provider's name in the settings when it was linked.
    pub provider: String,
    /// By what the person knows that account: its name or e-mail address.
    pub label: String,
    pub linked_at: Timestamp,
}

/// An account without a password, made at somebody's first sign-in by a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPersonRow {
    pub name: String,
    /// `None` where the provider tells of no address that it has checked.
    pub email: Option<Email>,
}

/// What came of unlinking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlinking {
    Unlinked,
    /// It is not linked to this person.
    NotLinked,
    /// Nothing else would let the person in.
    LastWayIn,
}

/// Accounts at providers, and whose they are.
#[async_trait]
pub trait IdentityRepository: Send + Sync {
    async fn lookup(&self, key: &IdentityKey) -> RepositoryResult<Option<UserId>>;
    /// Those of a person, oldest first.
    async fn list(&self, user: UserId) -> RepositoryResult<Vec<Identity>>;
    /// Whether the person has a password, too.
    async fn has_password(&self, user: UserId) -> RepositoryResult<bool>;
    /// Makes an account that is linked from the beginning: both or neither.
    ///
    /// # Errors
    /// `Exists` with `what` `account` when the e-mail address is taken, with `identity` when the identity is.
    async fn add_account(&self, person: NewPersonRow, identity: &Identity) -> RepositoryResult<()>;
    /// # Errors
    /// `Exists` when it is linked, to whomever; `NotFound` when the person isn't there.
    async fn add(&self, identity: &Identity) -> RepositoryResult<()>;
    /// Unlinks it, unless it is the last way in.
    async fn remove(&self, user: UserId, key: &IdentityKey) -> RepositoryResult<Unlinking>;
}
