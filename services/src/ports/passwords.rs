use async_trait::async_trait;
use matinee_domain::Password;
use thiserror::Error;

/// Why a password could not be hashed or checked.
#[derive(Debug, Error)]
pub enum HashingError {
    /// All hashing places are taken.
    #[error("too many sign-ins at once")]
    Busy,
    #[error("{0}")]
    Failed(String),
}

/// What is done with passwords that people choose: slow hashing, bounded so that it can't starve the server, and looking for them among
/// those that were made public.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// A PHC string with its own salt.
    async fn hash(&self, password: &Password) -> Result<String, HashingError>;
    /// Whether a hash was made with other parameters than new ones are, so that it is better made anew.
    fn is_outdated(&self, phc: &str) -> bool;
    /// Whether the password is on the operator's list of those that were made public, where there is one.
    async fn is_breached(&self, password: &Password) -> Result<bool, HashingError>;
    /// Whether the password is the hashed one. `None` for a hash takes as long as any other and is false.
    async fn verify(&self, password: &str, phc: Option<&str>) -> Result<bool, HashingError>;
}
