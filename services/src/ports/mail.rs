use std::fmt;

use async_trait::async_trait;
use matinee_domain::{Email, Timestamp, UserId};
use thiserror::Error;

use super::RepositoryResult;

/// The language of a letter: that of whoever asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    En,
    De,
}

/// What a letter says.
#[derive(Clone, PartialEq, Eq)]
pub enum Says {
    /// Please confirm that this address is yours; by the link with this token.
    Confirm { token: String },
    /// Here is the way to a new password; by the link with this token.
    Reset { token: String },
    /// The password was changed.
    PasswordChanged,
    /// The account's address is another one now.
    AddressChanged { now: Email },
    /// A second step was switched on.
    SecondStepOn,
    /// The second step was switched off.
    SecondStepOff,
    /// A passkey of this name lets them in from now on.
    PasskeyAdded { name: String },
    /// A passkey of this name lets nobody in any more.
    PasskeyRemoved { name: String },
}

impl fmt::Debug for Says {
    /// Without what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Confirm { .. } => "Confirm",
            Self::Reset { .. } => "Reset",
            Self::PasswordChanged => "PasswordChanged",
            Self::AddressChanged { .. } => "AddressChanged",
            Self::SecondStepOn => "SecondStepOn",
            Self::SecondStepOff => "SecondStepOff",
            Self::PasskeyAdded { .. } => "PasskeyAdded",
            Self::PasskeyRemoved { .. } => "PasskeyRemoved",
        })
    }
}

/// A letter to somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub to: Email,
    pub language: Language,
    pub says: Says,
}

/// More letters wait than are taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("too many letters wait to be sent")]
pub struct PostboxFull;

/// Where letters are put that are to be sent.
pub trait Postbox: Send + Sync {
    /// Takes a letter, which is sent beside everything else, and tried again where that fails.
    ///
    /// # Errors
    /// [`PostboxFull`] when too many wait.
    fn post(&self, letter: Letter) -> Result<(), PostboxFull>;
}

/// What a token that was sent to somebody is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailPurpose {
    /// Shows that an address is a person's, and becomes their account's if it is another one.
    Confirm,
    /// Sets a new password in place of a forgotten one.
    Reset,
}

impl MailPurpose {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reset => "reset",
        }
    }
}

/// A token that was sent to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailToken {
    /// Digest of what was sent.
    pub id: String,
    pub user: UserId,
    pub purpose: MailPurpose,
    /// Where it was sent to.
    pub email: Email,
    pub expires_at: Timestamp,
}

/// An account's address after it was confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    pub user: UserId,
    pub email: Email,
    /// The one before, where it was another.
    pub before: Option<Email>,
}

/// Tokens that were sent to addresses, and what they do. Each does it once, on whichever instance.
#[async_trait]
pub trait MailTokenRepository: Send + Sync {
    /// Whose account an address is, with a password or without.
    async fn lookup_by_address(&self, email: &Email) -> RepositoryResult<Option<UserId>>;
    /// Whether the account's address was confirmed. False for accounts without an address.
    async fn is_confirmed(&self, user: UserId) -> RepositoryResult<bool>;
    /// # Errors
    /// `NotFound` when the person isn't there.
    async fn add_mail_token(&self, token: &MailToken) -> RepositoryResult<()>;
    /// Looks at one without using it; `None` where it is not there, was used, is for something else, or has expired at `now`.
    async fn lookup_mail_token(
        &self,
        id: &str,
        purpose: MailPurpose,
        now: Timestamp,
    ) -> RepositoryResult<Option<MailToken>>;
    /// Uses one: its address is confirmed, and the account's from now on. The person's other tokens of the kind are worth nothing then.
    ///
    /// # Errors
    /// `Exists` when the address has become somebody else's account's; the token is used up all the same.
    async fn confirm_address(&self, id: &str, now: Timestamp) -> RepositoryResult<Option<Confirmed>>;
    /// Uses one: the password is set, the address is confirmed, the person's sessions end. Where the address had not been confirmed
    /// before, whoever registered it may be somebody else: what else lets them in (linked accounts, tokens for programs, a second factor)
    /// goes as well. `None` where the token is worth nothing, or the account's address has changed since.
    async fn reset_password(&self, id: &str, phc: &str, now: Timestamp) -> RepositoryResult<Option<UserId>>;
    /// Removes what has expired at `now`; returns how many.
    async fn remove_expired_mail_tokens(&self, now: Timestamp) -> RepositoryResult<u64>;
}
