use std::fmt;

use async_trait::async_trait;
use matinee_domain::{Timestamp, UserId};

use super::RepositoryResult;

/// A browser's session as it is kept.
#[derive(Clone, PartialEq)]
pub struct StoredSession {
    /// Opaque, 128 bits.
    pub id: String,
    /// Who is signed in, so that a person's sessions can be ended together.
    pub user: Option<UserId>,
    /// JSON.
    pub data: String,
    pub expires_at: Timestamp,
}

/// Without the id, by which anybody could take it over, and without what it holds.
impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id: _, user, data: _, expires_at } = self;
        f.debug_struct("StoredSession").field("user", user).field("expires_at", expires_at).finish_non_exhaustive()
    }
}

/// Sessions of browsers.
#[async_trait]
pub trait SessionRepository: Send + Sync {
    /// # Errors
    /// `Exists` when the id is taken: the caller picks another.
    async fn add(&self, session: &StoredSession) -> RepositoryResult<()>;
    /// Writes over the session of that id, if it is still there.
    ///
    /// # Errors
    /// `NotFound` when it was ended in the meantime: it does not come back.
    async fn set(&self, session: &StoredSession) -> RepositoryResult<()>;
    /// `None` where it is not there or has expired at `now`.
    async fn lookup(&self, id: &str, now: Timestamp) -> RepositoryResult<Option<StoredSession>>;
    async fn remove(&self, id: &str) -> RepositoryResult<()>;
    /// A person's sessions that have not expired at `now`, the one with the latest end first; 100 at most.
    async fn list(&self, user: UserId, now: Timestamp) -> RepositoryResult<Vec<StoredSession>>;
    /// Ends all sessions of a person but the one of the id `keep`; returns how many.
    async fn remove_all(&self, user: UserId, keep: Option<&str>) -> RepositoryResult<u64>;
    /// Ends all sessions of everybody; returns how many.
    async fn remove_everybodys(&self) -> RepositoryResult<u64>;
    /// Removes what has expired at `now`; returns how many.
    async fn remove_expired(&self, now: Timestamp) -> RepositoryResult<u64>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_printed_without_its_id_and_what_it_holds() {
        let session = StoredSession {
            id: "0123456789abcdef".into(),
            user: Some(UserId(uuid::Uuid::from_u128(7))),
            data: "held".into(),
            expires_at: Timestamp::UNIX_EPOCH,
        };
        let shown = format!("{session:?}");
        assert!(shown.contains("1970") && !shown.contains("0123456789abcdef") && !shown.contains("held"), "{shown}");
    }
}
