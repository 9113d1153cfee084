//! The knobs of a fit.

use crate::trainer::{TrainError, factors::precise};

/// The widest rows: a request's answer costs their cube.
pub const MAX_WIDTH: usize = 32;

/// How a fit weighs the data, and how long it goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StarsOptions {
    /// d: values in a row beside the bias, 0 to [`MAX_WIDTH`].
    pub width: usize,
    /// λ.
    pub ridge: f64,
    /// β: as many ratings of the mean as a bias is held back by.
    pub bias_ridge: f64,
    /// Rounds over people and films.
    pub sweeps: u32,
    pub seed: u64,
}

impl StarsOptions {
    /// What the search for better ones begins with.
    pub fn new(seed: u64) -> Self {
        Self { width: 8, ridge: 1.4, bias_ridge: 3.0, sweeps: 15, seed }
    }

    /// How far films are above the mean, and people above films: no factors.
    pub fn biases_alone(seed: u64) -> Self {
        Self { width: 0, ..Self::new(seed) }
    }

    /// The mean of all ratings, whoever asks and for which film: what all else has to be better than.
    pub fn mean_alone(seed: u64) -> Self {
        Self { bias_ridge: 1e12, ..Self::biases_alone(seed) }
    }

    /// # Errors
    /// Says which one makes no sense.
    pub fn check(&self) -> Result<(), TrainError> {
        let refuse = |name, value, wanted| Err(TrainError::Setting { name, value, wanted });
        let is_positive = |value: f64| value.is_finite() && value > 0.0;
        if self.width > MAX_WIDTH {
            return refuse("width", precise(self.width), "0 to 32");
        }
        if !is_positive(self.ridge) {
            return refuse("ridge", self.ridge, "above 0");
        }
        if !is_positive(self.bias_ridge) {
            return refuse("bias_ridge", self.bias_ridge, "above 0");
        }
        if self.sweeps == 0 {
            return refuse("sweeps", 0.0, "1 or more");
        }
        Ok(())
    }

    /// The system of a row of so many ratings without them: β, then d times λ·√n.
    pub fn diagonal(&self, ratings: usize) -> impl Iterator<Item = f64> + use<> {
        let ridge = self.ridge * precise(ratings.max(1)).sqrt();
        std::iter::once(self.bias_ridge).chain(std::iter::repeat_n(ridge, self.width))
    }
}
