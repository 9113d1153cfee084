//! How events weigh in what somebody will rate next: all of them for their taste, and the latest ones by their place.

use serde::{Deserialize, Serialize};

use super::SealedFile;

/// Places that count, in reaches: the last one weighs e⁻⁴.
const REACHES: f64 = 4.0;

/// Ranks films by what somebody will rate next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NextRanking {
    pub graph: SealedFile,
    #[serde(flatten)]
    pub weights: NextWeights,
}

/// ```text
/// share · wₑ ⁄ √Σ w²        e^(−k ⁄ reach)
/// ```
///
/// The first for an event of weight w among all that somebody did, the second for the k-th latest one, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NextWeights {
    /// What taste counts beside places.
    pub share: f32,
    /// In events.
    pub reach: f64,
}

impl NextWeights {
    /// What events of these weights count for taste; 0 where none weighs anything.
    pub fn taste(&self, weights: &[f32]) -> Vec<f32> {
        let scale = self.share * normaliser(weights.iter().copied());
        weights.iter().map(|weight| scale * weight).collect()
    }

    /// What events count by their place, the latest first; none beyond these.
    pub fn places(&self) -> impl Iterator<Item = f32> + use<> {
        #[expect(clippy::cast_possible_truncation, reason = "the graph computes in f32")]
        let single = |weight: f64| weight as f32;
        places(self.reach).map(single)
    }
}

/// 1 ⁄ √Σ w²; 0 where nothing weighs anything.
pub(crate) fn normaliser(weights: impl Iterator<Item = f32>) -> f32 {
    let length = weights.map(|weight| weight * weight).sum::<f32>().sqrt();
    if length > 0.0 { length.recip() } else { 0.0 }
}

/// e^(−k ⁄ reach), of the places that count.
pub(crate) fn places(reach: f64) -> impl Iterator<Item = f64> {
    (0_u32..).map(f64::from).take_while(move |place| *place < REACHES * reach).map(move |place| (-place / reach).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taste_weighs_the_same_however_many_events_there_are_and_places_fade() {
        let weights = NextWeights { share: 2.0, reach: 2.0 };
        assert_eq!(weights.taste(&[3.0, -4.0]), [1.2, -1.6]);
        assert_eq!(weights.taste(&[0.0]), [0.0]);
        let places: Vec<f32> = weights.places().collect();
        assert_eq!(places.len(), 8);
        assert!((places[0] - 1.0).abs() < 1e-6 && (places[2] - (-1.0_f32).exp()).abs() < 1e-6, "{places:?}");
        let json = r#"{"graph":{"file":"next.onnx","sha256":""},"share":2.0,"reach":2.0}"#;
        assert_eq!(serde_json::from_str::<NextRanking>(json).unwrap().weights, weights);
    }
}
