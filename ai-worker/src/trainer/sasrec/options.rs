//! The knobs of a training.

use crate::trainer::{TrainError, factors::precise};

/// The widest rows.
pub const MAX_WIDTH: usize = 256;
/// The longest history: attention costs its square.
pub const MAX_HISTORY: usize = 1_000;

/// The shape of the network, and how it is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SasrecOptions {
    /// d: values of a film and of a place in a history, 1 to [`MAX_WIDTH`]; a multiple of `heads`.
    pub width: usize,
    pub blocks: usize,
    pub heads: usize,
    /// L: events that are read, the latest ones.
    pub history: usize,
    /// The part of values that are dropped in training.
    pub dropout: f64,
    /// Whether events that weigh 0 or less are in a history at all. Where they are, their weights say what they are.
    pub with_dislikes: bool,
    /// What finding an event that weighs nothing counts in training, beside the 1 of a film that was liked.
    pub indifference: f64,
    /// The part of histories that are trained with only some of their events, so that gaps are nothing new.
    pub thinned: f64,
    /// Films that all targets of a batch are held against, drawn anew for each; all where there are no more.
    pub negatives: usize,
    /// People in a batch.
    pub batch: usize,
    pub learning_rate: f64,
    /// What the weights lose to zero by, at each step in proportion to the learning rate.
    pub decay: f64,
    /// The longest gradient of a step.
    pub clip: f64,
    /// Rounds over everybody at most.
    pub epochs: u32,
    /// Rounds without a gain on people held out, after which it stops.
    pub patience: u32,
    pub seed: u64,
}

impl SasrecOptions {
    /// What was best on people held out of MovieLens 100K and latest-small.
    pub fn new(seed: u64) -> Self {
        Self {
            width: 64,
            blocks: 2,
            heads: 2,
            history: 200,
            dropout: 0.2,
            with_dislikes: true,
            indifference: 1.0,
            thinned: 0.0,
            negatives: 1_000,
            batch: 32,
            learning_rate: 1e-3,
            decay: 0.01,
            clip: 1.0,
            epochs: 100,
            patience: 5,
            seed,
        }
    }

    /// # Errors
    /// Says which one makes no sense.
    pub fn check(&self) -> Result<(), TrainError> {
        let refuse = |name, value, wanted| Err(TrainError::Setting { name, value, wanted });
        let is_positive = |value: f64| value.is_finite() && value > 0.0;
        if !(1..=MAX_WIDTH).contains(&self.width) {
            return refuse("width", precise(self.width), "1 to 256");
        }
        if self.heads == 0 || !self.width.is_multiple_of(self.heads) {
            return refuse("heads", precise(self.heads), "a divisor of the width");
        }
        if !(1..=MAX_HISTORY).contains(&self.history) {
            return refuse("history", precise(self.history), "1 to 1000");
        }
        for (name, count) in [("blocks", self.blocks), ("negatives", self.negatives), ("batch", self.batch)] {
            if count == 0 {
                return refuse(name, 0.0, "1 or more");
            }
        }
        for (name, count) in [("epochs", self.epochs), ("patience", self.patience)] {
            if count == 0 {
                return refuse(name, 0.0, "1 or more");
            }
        }
        for (name, part) in [("indifference", self.indifference), ("thinned", self.thinned)] {
            if !(0.0..=1.0).contains(&part) {
                return refuse(name, part, "0 to 1");
            }
        }
        if !(0.0..=0.9).contains(&self.dropout) {
            return refuse("dropout", self.dropout, "0 to 0.9");
        }
        for (name, value) in [("learning_rate", self.learning_rate), ("clip", self.clip)] {
            if !is_positive(value) {
                return refuse(name, value, "above 0");
            }
        }
        if !(self.decay.is_finite() && self.decay >= 0.0) {
            return refuse("decay", self.decay, "0 or more");
        }
        Ok(())
    }
}
