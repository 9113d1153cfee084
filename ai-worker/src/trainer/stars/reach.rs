//! How far off predictions may be, by split-conformal prediction (Vovk, Gammerman & Shafer 2005; Lei and others 2018): of people
//! whom the fit did not see, the errors, and how many stars four out of five keep within. By classes (Mondrian: Vovk and others 2003)
//! of how much is known of the person and how many rated the film.
//!
//! It knows nothing of how hard a person is to predict. That could be told by their own ratings, but of people who took part in the
//! fit those are explained too well: their intervals came out too narrow.

use rayon::prelude::*;

use super::{StarsModel, fold_in::Opinion, split::as_known};
use crate::trainer::{TrainError, factors::precise, interactions::Interaction};

/// The part of the ratings that shall be within.
pub const COVERAGE: f64 = 0.8;
/// Classes of people begin with so many ratings known.
pub const KNOWN_FROM: [usize; 7] = [0, 1, 3, 6, 11, 21, 51];
/// Classes of films begin with so many raters.
pub const RATERS_FROM: [u32; 5] = [0, 3, 10, 30, 100];
/// As many of somebody's ratings are told, if they have more.
const TOLD: [usize; 13] = [0, 1, 2, 3, 5, 8, 10, 15, 20, 35, 50, 100, 200];
/// Of each of them so many others are looked at at most, so that the busiest don't decide for all.
const LOOKED_AT: usize = 100;
/// Where nearly all is predicted as it is (all ratings the same), other classes have something to be held against all the same.
const LEAST: f64 = 1e-3;
/// A class with fewer errors takes what is known of the one before it, or of all.
const FEWEST: usize = 200;

/// Stars that four of five errors keep within.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// By class of the person, a factor of the other.
    pub by_known: [f64; KNOWN_FROM.len()],
    /// By class of the film.
    pub by_raters: [f64; RATERS_FROM.len()],
}

/// An error, by both classes.
struct Miss {
    known: usize,
    raters: usize,
    size: f64,
}

impl Reach {
    /// Learns on people that `model` did not see, each one's ratings in random order; `None` where they are too few.
    ///
    /// # Errors
    /// When a fold-in fails.
    pub fn learn(model: &StarsModel, people: &[Vec<Interaction>]) -> Result<Option<Self>, TrainError> {
        let misses: Vec<Vec<Miss>> = people.par_iter().map(|row| misses(model, row)).collect::<Result<_, _>>()?;
        let misses: Vec<Miss> = misses.into_iter().flatten().collect();
        let Some(all) = quantile(misses.iter().map(|miss| miss.size)) else { return Ok(None) };
        let of_raters = |class| {
            quantile(misses.iter().filter(|miss| miss.raters == class).map(|miss| miss.size)).unwrap_or(all).max(LEAST)
        };
        let by_raters: [f64; RATERS_FROM.len()] = std::array::from_fn(of_raters);
        let of_known = |class: usize| {
            quantile(misses.iter().filter(|miss| miss.known == class).map(|miss| miss.size / by_raters[miss.raters]))
        };
        let mut last = 1.0;
        let by_known = std::array::from_fn(|class| {
            last = of_known(class).unwrap_or(last);
            last
        });
        Ok(Some(Self { by_known, by_raters }))
    }

    /// In stars, to both sides; `raters` of the film.
    pub fn of(&self, opinion: &Opinion, raters: u32) -> f64 {
        self.by_known[class(&KNOWN_FROM, opinion.known)] * self.by_raters[class(&RATERS_FROM, raters)]
    }
}

/// The last of `from` that is not above `count`.
pub fn class<T: PartialOrd + Copy>(from: &[T], count: T) -> usize {
    from.partition_point(|least| *least <= count).saturating_sub(1)
}

fn misses(model: &StarsModel, row: &[Interaction]) -> Result<Vec<Miss>, TrainError> {
    let mut misses = Vec::new();
    for told in TOLD.into_iter().filter(|told| *told < row.len()) {
        let (known, hidden) = row.split_at(told);
        let opinion = model.fold_in(&as_known(known))?;
        let miss = |rating: &Interaction| {
            let size = (model.stars(&opinion, Some(rating.item)) - rating.stars.value()).abs();
            Miss {
                known: class(&KNOWN_FROM, told),
                raters: class(&RATERS_FROM, model.raters[rating.item as usize]),
                size,
            }
        };
        misses.extend(hidden.iter().take(LOOKED_AT).map(miss));
    }
    Ok(misses)
}

/// The smallest that ⌈(n + 1)·coverage⌉ of n are not above; `None` of few.
fn quantile(sizes: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sizes: Vec<f64> = sizes.collect();
    if sizes.len() < FEWEST {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among them")]
    let place = ((precise(sizes.len() + 1) * COVERAGE).ceil() as usize).clamp(1, sizes.len());
    let (_, size, _) = sizes.select_nth_unstable_by(place - 1, f64::total_cmp);
    Some(*size)
}
