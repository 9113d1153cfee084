//! EASE and SASRec together: their scores, each in its own standard deviations, and a weight for the second.

use std::sync::Arc;

use rayon::prelude::*;

use super::{
    FoldIn, TrainError,
    factors::{Factors, FitOptions, precise, single},
    interactions::Interactions,
    sasrec::Sasrec,
    steps::{Step, steps},
};

/// 0 is EASE alone.
const WEIGHTS: [f32; 7] = [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0];
/// Where nobody is held out.
const UNCHOSEN: f32 = 1.0;

/// Both, with what the second counts.
#[derive(Clone, Debug)]
pub struct Blend {
    ease: Factors,
    sasrec: Arc<Sasrec>,
    pub weight: f32,
}

impl Blend {
    /// Fits EASE, and chooses the weight on the people whom `sasrec` held out of these data.
    ///
    /// # Errors
    /// When a fit fails, or what comes out is no number.
    pub fn fit(data: &Interactions, options: FitOptions, sasrec: Arc<Sasrec>) -> Result<Self, TrainError> {
        let held_out = Sasrec::held_out(data, sasrec.options().seed);
        let cases: Vec<Step> = held_out.iter().flat_map(|&person| steps(&data.rows[person])).collect();
        let mut weight = UNCHOSEN;
        if !cases.is_empty() {
            let ease = Factors::fit(&data.filtered(|person| !held_out.contains(&person)), options)?;
            let trial = Self { ease, sasrec: sasrec.clone(), weight };
            let gains = cases.par_iter().map(|case| trial.gains(case)).collect::<Result<Vec<_>, _>>()?;
            let mean = |at: usize| gains.iter().map(|gains| gains[at]).sum::<f64>() / precise(gains.len());
            let means: Vec<f64> = (0..WEIGHTS.len()).map(mean).collect();
            // Of weights that are as good the smallest.
            let best = (1..WEIGHTS.len()).fold(0, |best, at| if means[at] > means[best] { at } else { best });
            weight = WEIGHTS[best];
            tracing::info!(weight, ?means, "chosen for SASRec beside EASE");
        }
        Ok(Self { ease: Factors::fit(data, options)?, sasrec, weight })
    }

    /// What each of the weights gains.
    fn gains(&self, step: &Step) -> Result<[f64; WEIGHTS.len()], TrainError> {
        let (ease, sasrec) = self.standardised(&step.events)?;
        Ok(WEIGHTS.map(|weight| step.gain(ease.len(), |film| ease[film] + weight * sasrec[film])))
    }

    fn standardised(&self, events: &[(u32, f32)]) -> Result<(Vec<f32>, Vec<f32>), TrainError> {
        Ok((standardised(self.ease.event_scores(events)), standardised(self.sasrec.scores(events)?)))
    }
}

impl FoldIn for Blend {
    fn scores(&self, events: &[(u32, f32)]) -> Result<Vec<f32>, TrainError> {
        let (ease, sasrec) = self.standardised(events)?;
        Ok(ease.into_iter().zip(sasrec).map(|(ease, sasrec)| ease + self.weight * sasrec).collect())
    }
}

/// With mean 0 and variance 1; as they are where they are all alike.
fn standardised(mut scores: Vec<f32>) -> Vec<f32> {
    let count = precise(scores.len().max(1));
    let mean = scores.iter().map(|score| f64::from(*score)).sum::<f64>() / count;
    let variance = scores.iter().map(|score| (f64::from(*score) - mean).powi(2)).sum::<f64>() / count;
    let (mean, scale) = (single(mean), single(if variance > 0.0 { variance.sqrt().recip() } else { 1.0 }));
    for score in &mut scores {
        *score = (*score - mean) * scale;
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_any_scale_are_brought_to_one_and_none_is_divided_by_nothing() {
        let standard = standardised(vec![10.0, 30.0, 20.0, 20.0]);
        assert!((standard[1] - std::f32::consts::SQRT_2).abs() < 1e-5 && standard[2].abs() < 1e-6, "{standard:?}");
        assert_eq!(standardised(vec![3.0; 4]), [0.0; 4]);
        assert!(standardised(Vec::new()).is_empty());
    }
}
