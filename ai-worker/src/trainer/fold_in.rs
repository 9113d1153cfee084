//! Scoring films for anybody by their events, whether they took part in a fit or not.

use super::{Factors, TrainError};

/// What a stage of recommending has to be able to do to be measured beside others, and to rank for people never seen.
pub trait FoldIn: Sync {
    /// A score for every film, in the order of the fit's films, by events of (film, weight). Those of the events' own films don't
    /// matter: whoever asks leaves them out.
    ///
    /// # Errors
    /// When what comes out is no number.
    fn scores(&self, events: &[(u32, f32)]) -> Result<Vec<f32>, TrainError>;
}

/// EASE by its low rank, without popularity.
impl FoldIn for Factors {
    fn scores(&self, events: &[(u32, f32)]) -> Result<Vec<f32>, TrainError> {
        Ok(self.event_scores(events))
    }
}

/// How many people rated each film, whoever asks.
#[derive(Clone, Debug)]
pub struct Popularity(pub Vec<f32>);

impl FoldIn for Popularity {
    fn scores(&self, _: &[(u32, f32)]) -> Result<Vec<f32>, TrainError> {
        Ok(self.0.clone())
    }
}
