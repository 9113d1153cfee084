use thiserror::Error;

/// Why somebody was not signed in by a provider.
#[derive(Debug, Error)]
pub enum OauthError {
    #[error("there is no provider of that name")]
    UnknownProvider,
    /// What came back belongs to no attempt of this browser, or to one that is over.
    #[error("this sign-in was not begun in this browser, is over, or took too long: {0}")]
    NoAttempt(&'static str),
    /// Attempts can't be kept, which is logged where it happened.
    #[error("the database does not answer")]
    Database,
    /// The person said no at the provider.
    #[error("the provider was not allowed to say who you are")]
    Denied,
    /// The provider refused, by an error of its own.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// The provider can't be reached, or its answer can't be read.
    #[error("the provider does not answer as it should: {0}")]
    Unreachable(String),
    /// The provider's answer is not to be believed.
    #[error("the provider's answer is not to be believed: {0}")]
    Untrusted(String),
}

impl OauthError {
    /// An answer that is not to be believed, with the library's reason.
    pub(super) fn untrusted(reason: impl Into<String>) -> Self {
        Self::Untrusted(reason.into())
    }
}
