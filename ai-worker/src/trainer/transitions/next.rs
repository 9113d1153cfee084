//! What somebody will rate next: EASE's scores, of their taste, and transitions', of where they are just now.

use super::Transitions;
use crate::{
    model::{NextWeights, normaliser},
    trainer::{Factors, FoldIn, TrainError, onnx::next_graph},
};

/// ```text
/// score[i] = share · Σₑ wₑ·(U₁[e]·V₁[i]) ⁄ √Σₑ wₑ²  +  Σₖ pₖ·(U₂[eₖ]·V₂[i])
/// ```
///
/// The first sum is EASE's over all events, which grows as they come in, so it is divided by their length; the second goes over the latest
/// ones, k counting from the latest, 0, with p as [`NextWeights`] has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    pub ease: Factors,
    pub transitions: Transitions,
    /// What EASE counts.
    pub share: f32,
}

impl Next {
    /// The graph that ranks by it: events weigh as [`Self::weights`] says.
    pub fn graph(&self) -> Vec<u8> {
        next_graph(self)
    }

    pub fn weights(&self) -> NextWeights {
        NextWeights { share: self.share, reach: self.transitions.reach }
    }
}

impl FoldIn for Next {
    fn scores(&self, events: &[(u32, f32)]) -> Result<Vec<f32>, TrainError> {
        let scale = self.share * normaliser(events.iter().map(|event| event.1));
        let taste = self.ease.event_scores(events);
        let place = self.transitions.scores(events);
        Ok(taste.into_iter().zip(place).map(|(taste, place)| scale * taste + place).collect())
    }
}
