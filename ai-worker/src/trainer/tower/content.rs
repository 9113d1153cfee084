//! What the tower has to beat: films by how near their texts are to those of the films that somebody liked, without any map.
//!
//! ```text
//! score[i] = (Σ w⁺·e ⁄ Σ w⁺ − mean of all embeddings)·e[i]
//! ```
//!
//! Without the mean the film that is most like any other comes first, which is a much weaker opponent.

use super::FilmTexts;
use crate::trainer::{
    Interactions,
    factors::{precise, single},
};

/// The texts of the films that people know.
pub struct Content {
    /// By film index; `None` for one without a text.
    embeddings: Vec<Option<Vec<f32>>>,
    mean: Vec<f32>,
}

impl Content {
    pub fn new(data: &Interactions, texts: &FilmTexts) -> Self {
        let embeddings: Vec<_> = data.items.iter().map(|film| texts.lookup(*film)).collect();
        let count = precise(embeddings.iter().flatten().count().max(1));
        let mut sums = vec![0.0_f64; texts.width()];
        for embedding in embeddings.iter().flatten() {
            sums.iter_mut().zip(embedding).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        Self { embeddings, mean: sums.into_iter().map(|sum| single(sum / count)).collect() }
    }

    /// A score for each of `candidates`, embeddings as those of the films; zeros for somebody who liked nothing that has a text.
    pub fn scores(&self, events: &[(u32, f32)], candidates: &[Vec<f32>]) -> Vec<f32> {
        let mut taste = vec![0.0_f32; self.mean.len()];
        let mut sum = 0.0;
        for &(film, weight) in events.iter().filter(|(_, weight)| *weight > 0.0) {
            let Some(embedding) = &self.embeddings[film as usize] else { continue };
            taste.iter_mut().zip(embedding).for_each(|(sum, value)| *sum += weight * value);
            sum += weight;
        }
        if sum <= 0.0 {
            return vec![0.0; candidates.len()];
        }
        taste.iter_mut().zip(&self.mean).for_each(|(value, mean)| *value = *value / sum - mean);
        candidates.iter().map(|film| super::dot(film, &taste)).collect()
    }
}
