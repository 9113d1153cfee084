//! Choosing λ and the width on held-out people of the training data. Biases alone are among what is tried, so factors are taken
//! only where they predict people never seen better.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{HeldOut, StarsModel, StarsOptions, split::as_known};
use crate::trainer::{TrainError, Tried, factors::precise, interactions::Interaction};

/// Steps of λ in one direction, of a factor √2 each.
const CLIMB: usize = 4;
const WIDTHS: [usize; 2] = [16, 32];
/// Fits at most: biases, the start, two directions of λ, other widths.
pub const MAX_FITS: usize = 1 + 1 + 2 * CLIMB + WIDTHS.len();

/// What was chosen, and what it measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    pub options: StarsOptions,
    /// As a manifest has them: `stars/rmse` and that of biases alone, on people held out.
    pub metrics: BTreeMap<String, f64>,
    /// How many were tried.
    pub fits: u32,
}

/// Chooses, from `start` on; `progress` hears of every fit that was not tried before.
///
/// # Errors
/// When a fit fails.
pub fn choose(
    held_out: &HeldOut,
    start: StarsOptions,
    tried: &Tried,
    progress: &dyn Fn(u32),
) -> Result<Chosen, TrainError> {
    let mut search = Search { held_out, fits: 0, tried, progress };
    let biases = search.try_fit(StarsOptions { width: 0, ..start })?;
    let mut best = search.climb(StarsOptions { width: start.width.max(1), ..start })?;
    for width in WIDTHS {
        let wider = search.try_fit(StarsOptions { width, ..best.options })?;
        if wider.error >= best.error {
            break;
        }
        best = wider;
    }
    if biases.error <= best.error {
        best = biases;
    }
    let metrics = [("stars/rmse", best.error), ("stars/biases/rmse", biases.error)];
    let metrics = metrics.map(|(name, square): (&str, f64)| (name.to_owned(), square.sqrt())).into();
    Ok(Chosen { options: best.options, metrics, fits: search.fits })
}

struct Search<'a> {
    held_out: &'a HeldOut,
    fits: u32,
    tried: &'a Tried,
    progress: &'a dyn Fn(u32),
}

#[derive(Clone, Copy)]
struct Trial {
    options: StarsOptions,
    /// The mean of squares.
    error: f64,
}

impl Search<'_> {
    fn try_fit(&mut self, options: StarsOptions) -> Result<Trial, TrainError> {
        self.fits += 1;
        let error = self.tried.figures("stars", &options, || {
            (self.progress)(self.fits);
            error(&StarsModel::fit(&self.held_out.rest, options)?, &self.held_out.choosing)
        })?;
        tracing::debug!(width = options.width, ridge = options.ridge, rmse = error.sqrt(), "tried a fit of stars");
        Ok(Trial { options, error })
    }

    /// λ by √2 up, and where that does not help down, as long as it helps.
    fn climb(&mut self, start: StarsOptions) -> Result<Trial, TrainError> {
        let first = self.try_fit(start)?;
        let mut best = first;
        for factor in [std::f64::consts::SQRT_2, std::f64::consts::FRAC_1_SQRT_2] {
            for _ in 0..CLIMB {
                let next = self.try_fit(StarsOptions { ridge: best.options.ridge * factor, ..best.options })?;
                if next.error >= best.error {
                    break;
                }
                best = next;
            }
            if best.error < first.error {
                break;
            }
        }
        Ok(best)
    }
}

/// The mean of squares over ratings, of each of what may be known the same part.
fn error(model: &StarsModel, people: &[Vec<Interaction>]) -> Result<f64, TrainError> {
    let of_person = |row: &Vec<Interaction>| -> Result<[(f64, usize); 4], TrainError> {
        let mut sums = [(0.0, 0); 4];
        for (sum, told) in sums.iter_mut().zip([1, 3, 10, row.len() * 4 / 5]) {
            let Some((known, hidden)) = row.split_at_checked(told) else { continue };
            let opinion = model.fold_in(&as_known(known))?;
            let square = |one: &Interaction| (model.stars(&opinion, Some(one.item)) - one.stars.value()).powi(2);
            *sum = (hidden.iter().map(square).sum(), hidden.len());
        }
        Ok(sums)
    };
    let all: Vec<[(f64, usize); 4]> = people.par_iter().map(of_person).collect::<Result<_, _>>()?;
    let mean = |at: usize| {
        let (sum, count) = all.iter().fold((0.0, 0), |(sum, count), one| (sum + one[at].0, count + one[at].1));
        sum / precise(count.max(1))
    };
    Ok((0..4).map(mean).sum::<f64>() / 4.0)
}
