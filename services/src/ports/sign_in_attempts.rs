use std::fmt;

use async_trait::async_trait;
use matinee_domain::{Timestamp, UserId};

use super::RepositoryResult;

/// A sign-in that somebody has begun at a provider.
#[derive(Clone, PartialEq, Eq)]
pub struct SignInAttempt {
    /// Digest of the `state` that the provider sends back.
    pub id: String,
    /// Digest of the cookie of the browser that began it.
    pub browser: String,
    /// The provider's name in the settings.
    pub provider: String,
    pub nonce: String,
    /// PKCE's verifier (RFC 7636).
    pub verifier: String,
    /// Path to go on to.
    pub back: String,
    /// Whose account is to be linked; `None` for a sign-in.
    pub user: Option<UserId>,
    pub expires_at: Timestamp,
}

impl fmt::Debug for SignInAttempt {
    /// Without what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SignInAttempt");
        shown.field("provider", &self.provider).field("user", &self.user).field("expires_at", &self.expires_at);
        shown.finish_non_exhaustive()
    }
}

/// Attempts, each of which can be taken once, on whichever instance.
#[async_trait]
pub trait SignInAttemptRepository: Send + Sync {
    /// # Errors
    /// `Exists` when the id is taken.
    async fn add(&self, attempt: &SignInAttempt) -> RepositoryResult<()>;
    /// Takes it away for good; `None` where it is not there or has expired at `now`. Of two who ask at once, one gets it.
    async fn take(&self, id: &str, now: Timestamp) -> RepositoryResult<Option<SignInAttempt>>;
    /// Removes what has expired at `now`; returns how many.
    async fn remove_expired(&self, now: Timestamp) -> RepositoryResult<u64>;
}
