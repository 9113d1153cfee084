//! What is measured of a model, and how sure that is.

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use serde::{Deserialize, Serialize};

/// Samples of the bootstrap (Efron 1979).
const RESAMPLES: usize = 1_000;

/// A mean with its 95 % interval, by the bootstrap over people.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// All zeros of nothing.
    pub fn of(values: &[f64], seed: u64) -> Self {
        if values.is_empty() {
            return Self { mean: 0.0, low: 0.0, high: 0.0 };
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut means: Vec<f64> = (0..RESAMPLES)
            .map(|_| mean((0..values.len()).map(|_| values[rng.random_range(0..values.len())]), values.len()))
            .collect();
        means.sort_by(f64::total_cmp);
        Self {
            mean: mean(values.iter().copied(), values.len()),
            low: means[RESAMPLES / 40],
            high: means[RESAMPLES - RESAMPLES / 40 - 1],
        }
    }
}

fn mean(values: impl Iterator<Item = f64>, count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a number of people")]
    let count = count as f64;
    values.sum::<f64>() / count
}

/// What one model did with the same questions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    pub name: String,
    /// On held-out people.
    pub ndcg_at_10: Interval,
    /// Different films that it recommends to them.
    pub films_recommended: usize,
    /// One request at a time, in milliseconds.
    pub latency_p50_ms: f64,
    pub latency_p95_ms: f64,
    pub size_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_its_mean_and_narrows_with_more_people() {
        let values: Vec<f64> = (0..400).map(|n| f64::from(n % 10) / 10.0).collect();
        let (few, many) = (Interval::of(&values[..20], 1), Interval::of(&values, 1));
        assert!((many.mean - 0.45).abs() < 1e-9 && many.low < 0.45 && many.high > 0.45);
        assert!(many.high - many.low < (few.high - few.low) / 2.0);
        assert_eq!(Interval::of(&values, 1), many, "the same seed, the same interval");
        assert!(Interval::of(&[], 1).mean.abs() < f64::EPSILON);
    }
}
