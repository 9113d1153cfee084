use std::net::IpAddr;

use async_trait::async_trait;
use matinee_domain::Timestamp;

use super::RepositoryResult;

/// Who tries to sign in, and from where. Kept as a digest alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trier {
    /// The e-mail address as it was given, in lower case.
    pub email: String,
    /// `None` where it is not known.
    pub from: Option<IpAddr>,
}

/// Sign-ins that failed in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    pub count: u32,
    pub last_at: Timestamp,
}

/// Failed sign-ins, on which all instances agree.
#[async_trait]
pub trait SignInFailureRepository: Send + Sync {
    /// Those since the last success; `None` where there are none.
    async fn lookup(&self, trier: &Trier) -> RepositoryResult<Option<Failures>>;
    /// Counts one more. Of many at once none is lost.
    async fn add(&self, trier: &Trier, at: Timestamp) -> RepositoryResult<()>;
    /// Forgets them, after a success.
    async fn remove(&self, trier: &Trier) -> RepositoryResult<()>;
    /// Forgets whoever has not failed since `before`; returns how many.
    async fn remove_older(&self, before: Timestamp) -> RepositoryResult<u64>;
}
