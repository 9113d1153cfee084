use std::fmt;

use async_trait::async_trait;
use matinee_domain::{Timestamp, UserId};

use super::RepositoryResult;

/// A passkey as it is kept. None of it lets anybody in: the private key stays on the person's device.
#[derive(Clone, PartialEq, Eq)]
pub struct Passkey {
    pub user: UserId,
    /// What the device calls it: 16 to 1,023 bytes, as base64url.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Its public key, as `services::passkeys` writes it.
    pub public_key: String,
    /// What changes with its use: the device's counter, and whether it is backed up; as `services::passkeys` writes it.
    pub state: String,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

impl fmt::Debug for Passkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Passkey");
        shown
            .field("user", &self.user)
            .field("name", &self.name)
            .field("used_at", &self.used_at)
            .finish_non_exhaustive()
    }
}

/// What came of removing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyRemoval {
    Removed,
    /// It is not this person's.
    NotTheirs,
    /// Nothing else would let the person in.
    LastWayIn,
    /// It is the last that the second step could ask for.
    SecondStep,
}

/// People's passkeys.
#[async_trait]
pub trait PasskeyRepository: Send + Sync {
    /// Those of a person, oldest first.
    async fn list_passkeys(&self, user: UserId) -> RepositoryResult<Vec<Passkey>>;
    async fn lookup_passkey(&self, user: UserId, id: &str) -> RepositoryResult<Option<Passkey>>;
    /// Adds it. Of many at once no more are added than make `most`.
    ///
    /// # Errors
    /// `Exists` when the person has it, `TooMuch` when they have `most` already, `NotFound` when the person isn't there.
    async fn add_passkey(&self, passkey: &Passkey, most: u32) -> RepositoryResult<()>;
    /// Gives it another name; returns whether it is there.
    async fn rename_passkey(&self, user: UserId, id: &str, name: &str) -> RepositoryResult<bool>;
    /// Keeps that it was used, and its state then. False, and nothing is kept, where its state is not `before` any more: somebody
    /// used it meanwhile, or it is gone.
    async fn set_passkey_used(
        &self,
        user: UserId,
        id: &str,
        before: &str,
        after: &str,
        at: Timestamp,
    ) -> RepositoryResult<bool>;
    /// Removes it, unless it is the last way in, or the last passkey where the second step asks for one.
    async fn remove_passkey(&self, user: UserId, id: &str) -> RepositoryResult<PasskeyRemoval>;
}
