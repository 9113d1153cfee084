use async_trait::async_trait;
use matinee_domain::{Knobs, UserId};

use super::RepositoryResult;

/// How people tuned their lists. What a recommendation needs of it comes with [`super::Taste`].
#[async_trait]
pub trait KnobRepository: Send + Sync {
    /// The neutral ones for whoever tuned nothing.
    async fn get_knobs(&self, user: UserId) -> RepositoryResult<Knobs>;
    /// Keeps them; nothing is written where they are as they were.
    ///
    /// # Errors
    /// `NotFound` when the person isn't there.
    async fn set_knobs(&self, user: UserId, knobs: &Knobs) -> RepositoryResult<()>;
}
