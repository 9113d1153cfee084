use async_trait::async_trait;
use matinee_domain::{Timestamp, UserId};
use uuid::Uuid;

use super::RepositoryResult;

/// An evening that people plan together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evening {
    pub id: Uuid,
    /// Who plans it.
    pub host: UserId,
    /// Whether a link invites to it.
    pub has_link: bool,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Who takes part, the host included, in the order in which they came.
    pub guests: Vec<Guest>,
}

/// Somebody who takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    pub user: UserId,
    pub name: String,
    pub joined_at: Timestamp,
}

/// What is made when an evening begins to be planned: its host takes part at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvening {
    pub id: Uuid,
    pub host: UserId,
    pub link_hash: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What came of joining.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// They take part, now or already.
    Joined(Uuid),
    /// As many take part as may.
    Full,
    /// The link leads nowhere, any more or ever.
    NoSuchLink,
}

/// Evenings, which are over at their end without being removed: nothing here finds one that is.
#[async_trait]
pub trait EveningRepository: Send + Sync {
    /// # Errors
    /// `NotFound` when the person isn't there; `TooMuch` where they plan `most` already.
    async fn add_evening(&self, evening: &NewEvening, most: u32) -> RepositoryResult<()>;
    async fn lookup_evening(&self, id: Uuid, now: Timestamp) -> RepositoryResult<Option<Evening>>;
    async fn lookup_evening_by_link(&self, link_hash: &str, now: Timestamp) -> RepositoryResult<Option<Evening>>;
    /// Those that a person takes part in, the latest first.
    async fn list_evenings(&self, user: UserId, now: Timestamp) -> RepositoryResult<Vec<Evening>>;
    /// Puts another link, or none, in place of the one that invites. Returns whether the person plans such an evening.
    async fn set_evening_link(&self, id: Uuid, host: UserId, link_hash: Option<&str>) -> RepositoryResult<bool>;
    /// Adds a guest by the link, `most` of them at most, whoever comes at the same time.
    ///
    /// # Errors
    /// `NotFound` when the person isn't there.
    async fn join_evening(&self, link_hash: &str, user: UserId, at: Timestamp, most: u32) -> RepositoryResult<Joining>;
    /// Returns whether they took part. A host does not leave but ends it.
    async fn leave_evening(&self, id: Uuid, user: UserId) -> RepositoryResult<bool>;
    /// Ends an evening for all. Returns whether the person planned such a one.
    async fn remove_evening(&self, id: Uuid, host: UserId) -> RepositoryResult<bool>;
    /// Clears away those that are over; returns how many there were.
    async fn remove_expired_evenings(&self, now: Timestamp) -> RepositoryResult<u64>;
}
