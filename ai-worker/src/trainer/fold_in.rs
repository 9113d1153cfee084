//! Scoring films for anybody by their events, whether they took part in a fit or not.

use std::sync::Arc;

use super::{Factors, TrainError, ials::Ials, sasrec::Sasrec};
use crate::model::Prior;

/// What a stage of recommending has to be able to do to be measured beside others, and to rank for people never seen.
pub trait FoldIn: Sync {
    /// A score for every film, in the order of the fit's films, by events of (film, weight), the latest first. Those of the events' own films don't
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

/// iALS, without popularity.
impl FoldIn for Ials {
    fn scores(&self, events: &[(u32, f32)]) -> Result<Vec<f32>, TrainError> {
        Ok(self.fold_in(events)?.scores())
    }
}

/// By the events in their order.
impl FoldIn for Arc<Sasrec> {
    fn scores(&self, events: &[(u32, f32)]) -> Result<Vec<f32>, TrainError> {
        Sasrec::scores(self, events)
    }
}

/// A stage with popularity as far as little is known of who asks, as a model that serves has it.
#[derive(Clone, Debug)]
pub struct WithPrior<S> {
    pub stage: S,
    pub prior: Prior,
    /// One value a film.
    pub log_popularity: Vec<f32>,
}

impl<S: FoldIn> FoldIn for WithPrior<S> {
    fn scores(&self, events: &[(u32, f32)]) -> Result<Vec<f32>, TrainError> {
        let weight = self.prior.weight(events.iter().map(|event| event.1));
        let mut scores = self.stage.scores(events)?;
        scores.iter_mut().zip(&self.log_popularity).for_each(|(score, log)| *score += weight * log);
        Ok(scores)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn popularity_counts_for_somebody_unknown_and_fades_as_events_come_in() {
        let stage = Popularity(vec![1.0, 3.0]);
        let with_prior = WithPrior { stage, prior: Prior { scale: 2.0, fade: 1.0 }, log_popularity: vec![1.0, 0.5] };
        assert_eq!(with_prior.scores(&[]).unwrap(), [3.0, 4.0]);
        assert_eq!(with_prior.scores(&[(0, 0.5), (1, -0.5)]).unwrap(), [2.0, 3.5], "dislikes are known as well");
    }
}
