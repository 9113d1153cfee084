use async_trait::async_trait;
use matinee_domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::RepositoryResult;

/// Where a model is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelState {
    /// Trained, not judged yet.
    Candidate,
    /// Scores beside the live one, unseen.
    Shadow,
    /// Serves. One at a time.
    Live,
    /// Served once; can be gone back to.
    Retired,
    /// Judged, and not good enough.
    Refused,
}

impl ModelState {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Shadow => "shadow",
            Self::Live => "live",
            Self::Retired => "retired",
            Self::Refused => "refused",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Candidate, Self::Shadow, Self::Live, Self::Retired, Self::Refused]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// A version of the model, as the database knows it. Its files are elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredModel {
    /// Of the version, and of the folder of its files.
    pub name: String,
    pub state: ModelState,
    /// JSON, as it is beside the files.
    pub manifest: String,
    /// Of all its files.
    pub size_bytes: u64,
    /// JSON: how it was judged last, with the numbers.
    pub verdict: Option<String>,
    pub created_at: Timestamp,
    /// When it came to its state.
    pub changed_at: Timestamp,
}

/// The versions of the model.
#[async_trait]
pub trait ModelRegistry: Send + Sync {
    /// # Errors
    /// [`RepositoryError::Exists`](super::RepositoryError::Exists) when there is one of that name, or when it is live and another one is.
    async fn add_model(&self, model: &RegisteredModel) -> RepositoryResult<()>;
    /// The newest first.
    async fn list_models(&self, limit: u32) -> RepositoryResult<Vec<RegisteredModel>>;
    async fn lookup_model(&self, name: &str) -> RepositoryResult<Option<RegisteredModel>>;
    async fn lookup_live_model(&self) -> RepositoryResult<Option<RegisteredModel>>;
    /// Moves a model on; one that becomes live retires the one that was, in the same transaction. A verdict, where there is one,
    /// takes the place of the one before.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`](super::RepositoryError::NotFound) when there is none of that name.
    async fn set_model_state(
        &self,
        name: &str,
        state: ModelState,
        verdict: Option<&str>,
        now: Timestamp,
    ) -> RepositoryResult<()>;
}
