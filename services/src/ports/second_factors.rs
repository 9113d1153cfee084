use std::fmt;

use async_trait::async_trait;
use matinee_domain::{Timestamp, UserId};

use super::{Failures, RepositoryResult};

/// What a person has switched on beside their password.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// What their authenticator shares, as it was given to [`SecondFactorRepository::add_factor`]; empty where they have none, and are
    /// asked for a passkey.
    pub secret: String,
    pub since: Timestamp,
    /// Recovery codes that were not used yet.
    pub codes_left: u32,
}

impl SecondFactor {
    /// Whether an authenticator app's code is asked for, and not a passkey alone.
    pub const fn has_app(&self) -> bool {
        !self.secret.is_empty()
    }
}

impl fmt::Debug for SecondFactor {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SecondFactor");
        shown.field("since", &self.since).field("codes_left", &self.codes_left).finish_non_exhaustive()
    }
}

/// What somebody gave as their second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GivenFactor {
    /// The code of this time step. It is right if no code of this step or a later one was used.
    Step(i64),
    /// The digest of what may be a recovery code. It is right if it is there, and is gone then.
    Recovery(String),
    /// Nothing that could be right.
    Nothing,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorTry {
    Right,
    Wrong,
    /// It came too soon after wrong ones, and was not looked at.
    TooSoon,
    /// The person has no second factor.
    Off,
}

/// People's second factors. All instances agree on what was used.
#[async_trait]
pub trait SecondFactorRepository: Send + Sync {
    async fn lookup_factor(&self, user: UserId) -> RepositoryResult<Option<SecondFactor>>;
    /// Switches it on, with the digests of its recovery codes. The code of the time step `step` was used for that. An empty secret is
    /// for who has a passkey and no authenticator.
    ///
    /// # Errors
    /// `Exists` when the person has one, `NotFound` when the person isn't there, or has no passkey for an empty secret.
    async fn add_factor(
        &self,
        user: UserId,
        secret: &str,
        step: i64,
        codes: &[String],
        at: Timestamp,
    ) -> RepositoryResult<()>;
    /// Puts recovery codes in place of those there are.
    ///
    /// # Errors
    /// `NotFound` when the person has no second factor.
    async fn set_recovery_codes(&self, user: UserId, codes: &[String], at: Timestamp) -> RepositoryResult<()>;
    /// Puts `now` in place of the secret `before`, if it is still that one: the same for its person, enciphered otherwise. Returns whether
    /// it was.
    async fn reseal_factor(&self, user: UserId, before: &str, now: &str) -> RepositoryResult<bool>;
    /// Secrets as they are kept, in the order of their people, of those after `after`; none of who has no authenticator.
    async fn list_factor_secrets(&self, after: Option<UserId>, limit: u32) -> RepositoryResult<Vec<(UserId, String)>>;
    /// Switches it off; returns whether it was on.
    async fn remove_factor(&self, user: UserId) -> RepositoryResult<bool>;
    /// Uses what was given, if it is right, and counts it as wrong otherwise: of many at once each is looked at by itself. It is not
    /// looked at while `must_wait` says so of the wrong ones before.
    async fn try_factor(
        &self,
        user: UserId,
        given: &GivenFactor,
        now: Timestamp,
        must_wait: fn(Failures, Timestamp) -> bool,
    ) -> RepositoryResult<FactorTry>;
}
