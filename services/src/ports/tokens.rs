use async_trait::async_trait;
use matinee_domain::{ApiToken, Timestamp, UserId};
use uuid::Uuid;

use super::RepositoryResult;

/// Tokens of people for programs. What a token is checked against is the hash of its secret; the secret is kept nowhere.
#[async_trait]
pub trait TokenRepository: Send + Sync {
    /// `secret_hash`: SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// `NotFound` where there is no such person.
    async fn add_token(&self, token: &ApiToken, secret_hash: &str) -> RepositoryResult<()>;
    /// A person's tokens, latest first, those that have expired too.
    async fn list_tokens(&self, user: UserId) -> RepositoryResult<Vec<ApiToken>>;
    /// The token with the hash of its secret.
    async fn lookup_token(&self, user: UserId, id: Uuid) -> RepositoryResult<Option<(ApiToken, String)>>;
    /// Keeps when it was last used. One that was revoked in the meantime stays so.
    async fn set_token_used(&self, user: UserId, id: Uuid, at: Timestamp) -> RepositoryResult<()>;
    /// Returns whether it was there.
    async fn remove_token(&self, user: UserId, id: Uuid) -> RepositoryResult<bool>;
}
