//! How events weigh in what somebody will rate next: all of them for their taste, and the latest ones by their place.

use serde::{Deserialize, Serialize};

use super::SealedFile;

/// Places that count, in reaches: the last one weighs e⁻⁴.
const REACHES: f64 = 4.0;

/// From this weight on, that of three fresh stars, a rating counts whole by its place.
const WHOLE: f32 = 0.35;

/// Ranks films by what somebody will rate next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NextRanking {
    pub graph: SealedFile,
    #[serde(flatten)]
    pub weights: NextWeights,
}

/// ```text
/// share · wₑ ⁄ √Σ w²        e^(−k ⁄ reach) · min(1, max(0, wₑ ⁄ .35))
/// ```
///
/// The first for an event of weight w among all that somebody did, the second for the k-th latest rating, from 0: nobody wants to go on from
/// a film that they disliked.
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

    /// What ratings of these weights count by their place, the latest first; what is beyond the reach is left out.
    pub fn places<W: Iterator<Item = f32>>(&self, weights: W) -> impl Iterator<Item = f32> + use<W> {
        places(self.reach).zip(weights).map(|(place, weight)| {
            #[expect(clippy::cast_possible_truncation, reason = "the graph computes in f32")]
            let place = place as f32;
            place * (weight / WHOLE).clamp(0.0, 1.0)
        })
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
        let places: Vec<f32> = weights.places([1.0, -0.3, 0.175, 0.35, 0.9].into_iter().cycle()).collect();
        assert_eq!(places.len(), 8);
        for (place, whole) in [(0, 1.0), (1, 0.0), (2, 0.5), (3, 1.0)] {
            let expected = whole * (-f32::from(u8::try_from(place).unwrap()) / 2.0).exp();
            assert!((places[place] - expected).abs() < 1e-6, "{place}: {places:?}");
        }
        let json = r#"{"graph":{"file":"next.onnx","sha256":""},"share":2.0,"reach":2.0}"#;
        assert_eq!(serde_json::from_str::<NextRanking>(json).unwrap().weights, weights);
    }
}
