//! A model and how far off it may be: what is served.

use super::{HIGHEST, HeldOut, LOWEST, Opinion, Reach, StarsModel, StarsOptions};
use crate::trainer::{Interactions, TrainError};

/// Predicts stars with an interval.
#[derive(Clone, Debug, PartialEq)]
pub struct StarsHead {
    pub model: StarsModel,
    pub reach: Reach,
}

/// The stars that somebody would give a film, and between which they are four times out of five.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Predicted {
    pub stars: f64,
    pub low: f64,
    pub high: f64,
}

impl StarsHead {
    /// Fits to everybody; how far off that may be is learnt by a fit to some, on others. `None` where those are too few.
    ///
    /// # Errors
    /// As [`StarsModel::fit`].
    pub fn fit(data: &Interactions, held_out: &HeldOut, options: StarsOptions) -> Result<Option<Self>, TrainError> {
        let before = StarsModel::fit(&held_out.rest, options)?;
        let Some(reach) = Reach::learn(&before, &held_out.measuring)? else { return Ok(None) };
        Ok(Some(Self { model: StarsModel::fit(data, options)?, reach }))
    }

    /// For somebody and a film; `None` is one that nobody rated.
    pub fn predict(&self, opinion: &Opinion, film: Option<u32>) -> Predicted {
        let stars = self.model.stars(opinion, film);
        let reach = self.reach.of(opinion, film.map_or(0, |film| self.model.raters[film as usize]));
        Predicted { stars, low: (stars - reach).max(LOWEST), high: (stars + reach).min(HIGHEST) }
    }
}
