//! The knobs of a fit.

use crate::trainer::{TrainError, factors::precise, solver};

/// The widest rows: a fit costs their square, a fold-in as well.
pub const MAX_WIDTH: usize = solver::MAX_WIDTH;

/// How a fit weighs the data, and how long it goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IalsOptions {
    /// d: values in a row, 1 to [`MAX_WIDTH`]. More than there are films are of no use and not kept.
    pub width: usize,
    /// λ.
    pub lambda: f64,
    /// ν: 0 for the same ridge for everybody, 1 for one in proportion to what is known of them.
    pub power: f64,
    /// α₀: the weight of the zero of every pair of person and film, beside the 1 of a liked film.
    pub unobserved: f64,
    /// σ*: the films' rows begin as normal deviates of the standard deviation σ*/√d.
    pub spread: f64,
    /// Rounds over people and films.
    pub sweeps: u32,
    pub seed: u64,
}

impl IalsOptions {
    /// What the search for better ones begins with.
    pub fn new(seed: u64) -> Self {
        Self { width: 64, lambda: 0.3, power: 0.5, unobserved: 0.1, spread: 0.1, sweeps: 12, seed }
    }

    /// # Errors
    /// Says which one makes no sense.
    pub fn check(&self) -> Result<(), TrainError> {
        let refuse = |name, value, wanted| Err(TrainError::Setting { name, value, wanted });
        let is_positive = |value: f64| value.is_finite() && value > 0.0;
        if !(1..=MAX_WIDTH).contains(&self.width) {
            return refuse("width", precise(self.width), "1 to 256");
        }
        if !is_positive(self.lambda) {
            return refuse("lambda", self.lambda, "above 0");
        }
        if !is_positive(self.unobserved) {
            return refuse("unobserved", self.unobserved, "above 0");
        }
        if !is_positive(self.spread) {
            return refuse("spread", self.spread, "above 0");
        }
        if !(0.0..=2.0).contains(&self.power) {
            return refuse("power", self.power, "0 to 2");
        }
        if self.sweeps == 0 {
            return refuse("sweeps", 0.0, "1 or more");
        }
        Ok(())
    }

    /// What the zeros of one row weigh together, beside so many rows of the other side.
    pub fn unobserved_mass(&self, others: usize) -> f64 {
        self.unobserved * precise(others)
    }

    /// ridge: of a row whose events weigh `evidence` together.
    pub fn ridge(&self, evidence: f64, others: usize) -> f64 {
        self.lambda * (evidence + self.unobserved_mass(others)).powf(self.power)
    }
}
