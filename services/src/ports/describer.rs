use async_trait::async_trait;
use matinee_domain::MovieId;
use serde::{Deserialize, Serialize};

use super::RecommenderError;

/// A film by how near it is to a description.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NearMovie {
    pub movie: MovieId,
    /// The cosine of both embeddings, −1 to 1.
    pub score: f32,
}

/// Finds films by what they are about, whatever the words.
#[async_trait]
pub trait Describer: Send + Sync {
    /// Films whose title, plot, genres and people mean nearly what `text` says, nearest first. Those without a plot, and those that
    /// are not embedded yet, are not among them.
    ///
    /// # Errors
    /// [`RecommenderError::NoTextModel`] where there is no language model, else as recommending.
    async fn describe(&self, text: &str, limit: u32) -> Result<Vec<NearMovie>, RecommenderError>;
}
