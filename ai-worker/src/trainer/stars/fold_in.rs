//! What somebody's ratings say, without training.

use super::{HIGHEST, LOWEST, StarsModel};
use crate::{
    model::MAX_KNOWN_RATINGS,
    trainer::{TrainError, solver::Solver},
};

/// Somebody, folded in.
#[derive(Clone, Debug, PartialEq)]
pub struct Opinion {
    /// b, then p.
    pub(super) row: Vec<f64>,
    /// How many ratings it is made of.
    pub known: usize,
}

impl StarsModel {
    /// By ratings of (film, stars), the latest first: those after [`MAX_KNOWN_RATINGS`] don't count.
    ///
    /// # Errors
    /// When a rating is of no film of the model, or no number.
    pub fn fold_in(&self, ratings: &[(u32, f32)]) -> Result<Opinion, TrainError> {
        let ratings = &ratings[..ratings.len().min(MAX_KNOWN_RATINGS)];
        for &(film, stars) in ratings {
            if film as usize >= self.movies() {
                return Err(TrainError::UnknownFilm { film, films: self.movies() });
            }
            if !stars.is_finite() {
                return Err(TrainError::NotFinite { film: film as usize, weight: stars.into() });
            }
        }
        let above = || ratings.iter().map(|&(film, stars)| (film as usize, f64::from(stars) - self.mean));
        let mut row = vec![0.0; self.options.width + 1];
        self.films.solve(&mut Solver::new(row.len()), above(), self.options, &mut row)?;
        Ok(Opinion { row, known: ratings.len() })
    }

    /// The stars that they would give a film; `None` for one that nobody rated.
    pub fn stars(&self, opinion: &Opinion, film: Option<u32>) -> f64 {
        let above = film.map_or(opinion.row[0], |film| {
            self.films.biases[film as usize] + dot(&opinion.row, self.films.row(film as usize))
        });
        (self.mean + above).clamp(LOWEST, HIGHEST)
    }
}

pub(super) fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}
