//! What is measured of a model, and how sure that is.

use serde::{Deserialize, Serialize};

use crate::bootstrap::{Figure, intervals_of_means};

/// A mean with its 95 % interval, by the bootstrap over people, as verdicts keep it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// All zeros of nothing.
    pub fn of(values: &[f64], seed: u64) -> Self {
        let [Figure { value: mean, low, high }] = intervals_of_means(values.as_chunks().0, seed);
        Self { mean, low, high }
    }
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
