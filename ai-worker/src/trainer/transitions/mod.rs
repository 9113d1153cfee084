//! What is rated after what: a linear model from the films that somebody rated last to those that they rate next, in closed form
//! (Choi and others 2021, *Session-aware linear item-item models*, SLIT).
//!
//! With a row of S for every step of a history (the films before it, the k-th last of them weighing e^(−k ⁄ reach)) and a row of T (the
//! films from it on, weighing e^(−k ⁄ ahead)):
//!
//! ```text
//! B = argmin ‖T − S·B‖² + λ·‖B‖² = (SᵀS + λI)⁻¹·SᵀT
//! ```
//!
//! As EASE's it is kept at a low rank, the best for the predictions S·B: B·V·Vᵀ, V being the first right singular vectors of S·B, U = B·V.
//! So a score is a sum of terms, one for each of the latest events, which are the reasons. [`next`] adds it to EASE.

mod choosing;
mod counting;
mod next;

use faer::{Mat, MatRef};

use self::counting::Sums;
pub use self::{
    choosing::{ChosenNext, MAX_FITS, choose},
    next::Next,
};
use super::{
    TrainError, ease::inverted, factors::row_major, interactions::Interactions, subspace::largest_eigenvectors,
};
use crate::model::NextWeights;

/// Films that are learnt, the most rated ones: memory is 40 bytes · films² at the most, 0.7 GB. Of others nothing is known here.
pub const MAX_FILMS: usize = 4_096;

/// The knobs of a fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransitionOptions {
    /// How far back films count, in films.
    pub reach: f64,
    /// How far ahead films count as what came next, in films.
    pub ahead: f64,
    pub lambda: f64,
    pub rank: usize,
    /// Of the order of what was rated in one second, of the people where they are too many, and of the factorisation.
    pub seed: u64,
}

impl TransitionOptions {
    /// Where choosing begins.
    pub fn new(seed: u64) -> Self {
        Self { reach: 5.0, ahead: 1.0, lambda: 80.0, rank: 128, seed }
    }

    /// # Errors
    /// Says which one makes no sense.
    fn check(&self) -> Result<(), TrainError> {
        for (name, value) in [("reach", self.reach), ("ahead", self.ahead), ("lambda", self.lambda)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(TrainError::Setting { name, value, wanted: "above 0" });
            }
        }
        if self.rank == 0 {
            return Err(TrainError::Setting { name: "rank", value: 0.0, wanted: "1 or more" });
        }
        Ok(())
    }
}

/// The learnt tables, row-major, one row for each film of the data; zeros for films beyond [`MAX_FILMS`].
#[derive(Clone, Debug, PartialEq)]
pub struct Transitions {
    pub rank: usize,
    pub reach: f64,
    /// U: what follows the film.
    pub events: Vec<f32>,
    /// V: what the film follows.
    pub films: Vec<f32>,
}

impl Transitions {
    /// # Errors
    /// When an option makes no sense, or the linear algebra fails.
    pub fn fit(data: &Interactions, options: TransitionOptions) -> Result<Self, TrainError> {
        options.check()?;
        let (films, known) = (data.items.len(), data.items.len().min(MAX_FILMS));
        let Some(Sums { before, after }) = counting::sums(data, known, &options) else {
            let nothing = vec![0.0; films];
            return Ok(Self { rank: 1, reach: options.reach, events: nothing.clone(), films: nothing });
        };
        let mut ridge = before.clone();
        for film in 0..known {
            ridge[(film, film)] += options.lambda;
        }
        let b = inverted(ridge)? * after;
        let prediction_gram = |z: MatRef<'_, f64>| -> Mat<f64> { b.transpose() * (&before * (&b * z)) };
        let of_films = largest_eigenvectors(known, options.rank, options.seed, prediction_gram)?;
        let of_events = &b * &of_films;
        let rank = of_films.ncols();
        let (events, of_films) = (row_major(of_events.as_ref()), row_major(of_films.as_ref()));
        Ok(Self { rank, reach: options.reach, events, films: of_films }.with_others(films - known))
    }

    /// Scores of all films by events of (film, weight), the latest first, each of which counts by its place.
    pub fn scores(&self, latest: &[(u32, f32)]) -> Vec<f32> {
        let mut after = vec![0.0_f32; self.rank];
        let places = NextWeights { share: 0.0, reach: self.reach };
        for (event, weight) in latest.iter().zip(places.places(latest.iter().map(|event| event.1))) {
            let row = &self.events[event.0 as usize * self.rank..][..self.rank];
            after.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
        }
        let product = |row: &[f32]| row.iter().zip(&after).map(|(left, right)| left * right).sum();
        self.films.chunks(self.rank).map(product).collect()
    }

    /// With so many films more at the end, of which nothing is known here.
    #[must_use]
    pub fn with_others(mut self, films: usize) -> Self {
        let values = films * self.rank + self.events.len();
        self.events.resize(values, 0.0);
        self.films.resize(values, 0.0);
        self
    }

    /// U[event]·V[film].
    pub fn term(&self, event: usize, film: usize) -> f32 {
        let row = |table: &[f32], row: usize| table[row * self.rank..][..self.rank].to_vec();
        row(&self.events, event).iter().zip(row(&self.films, film)).map(|(left, right)| left * right).sum()
    }
}

#[cfg(test)]
mod tests {
    use matinee_domain::{MovieId, Stars, Timestamp};

    use super::*;
    use crate::trainer::interactions::Interaction;

    /// People who go round in circles: from each film to the next, beginning anywhere.
    pub(super) fn circles(films: u32, people: u32) -> Interactions {
        let row = |person: u32| {
            let step = |at: u32| Interaction {
                item: (person + at) % films,
                stars: Stars::from_half_stars(8).unwrap(),
                at: Timestamp::from_timestamp(i64::from(at), 0).unwrap(),
            };
            (0..films - 2).map(step).collect()
        };
        let items = (0..films).map(|film| MovieId(uuid::Uuid::from_u128(film.into()))).collect();
        Interactions { items, rows: (0..people).map(row).collect() }
    }

    fn best(scores: &[f32]) -> usize {
        (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap()
    }

    #[test]
    fn what_comes_next_is_what_came_next_for_others_and_the_order_decides() {
        let data = circles(12, 60);
        let options = TransitionOptions { lambda: 0.1, ..TransitionOptions::new(1) };
        let transitions = Transitions::fit(&data, options).unwrap();
        assert_eq!(best(&transitions.scores(&[(4, 1.0), (3, 1.0)])), 5);
        assert_eq!(best(&transitions.scores(&[(11, 1.0)])), 0);
        assert_eq!(transitions, Transitions::fit(&data, options).unwrap(), "the same again");
    }

    #[test]
    fn a_score_is_the_sum_of_its_terms() {
        let transitions = Transitions::fit(&circles(12, 60), TransitionOptions::new(1)).unwrap();
        let scores = transitions.scores(&[(7, 1.0), (2, 0.4), (9, 0.35)]);
        let weights: Vec<f32> = crate::model::places(5.0).take(3).map(crate::trainer::factors::single).collect();
        assert!((weights[0] - 1.0).abs() < 1e-6 && (weights[1] - (-0.2_f32).exp()).abs() < 1e-6);
        for (film, score) in scores.iter().enumerate() {
            let sum: f32 = [7, 2, 9].iter().zip(&weights).map(|(event, w)| w * transitions.term(*event, film)).sum();
            assert!((score - sum).abs() < 1e-5, "{film}: {score} {sum}");
        }
    }

    #[test]
    fn without_steps_there_is_nothing_to_say_and_odd_settings_are_refused_by_name() {
        let mut data = circles(5, 6);
        data.rows.iter_mut().for_each(|row| row.truncate(1));
        let nothing = Transitions::fit(&data, TransitionOptions::new(1)).unwrap();
        assert_eq!(nothing.scores(&[(1, 1.0)]), [0.0; 5]);
        for (odd, name) in [
            (TransitionOptions { reach: 0.0, ..TransitionOptions::new(1) }, "reach"),
            (TransitionOptions { ahead: f64::NAN, ..TransitionOptions::new(1) }, "ahead"),
            (TransitionOptions { lambda: -1.0, ..TransitionOptions::new(1) }, "lambda"),
            (TransitionOptions { rank: 0, ..TransitionOptions::new(1) }, "rank"),
        ] {
            let error = Transitions::fit(&data, odd).unwrap_err();
            assert!(matches!(error, TrainError::Setting { name: found, .. } if found == name), "{error}");
        }
    }
}
