//! Alternating: people by films, films by people. It ends with the films: people's rows are what a fold-in gives.

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use rayon::prelude::*;

use super::StarsOptions;
use crate::trainer::{
    Interactions, TrainError,
    factors::precise,
    solver::{Pull, Solver},
    sparse::SparseRows,
};

/// The standard deviation that films' rows begin with, times √d.
const START: f64 = 0.1;

/// What is learnt: the films' side, which is all that is needed for anybody's stars.
#[derive(Clone, Debug, PartialEq)]
pub struct StarsModel {
    pub(super) options: StarsOptions,
    /// m.
    pub(super) mean: f64,
    pub(super) films: Side,
    /// How many people rated each film.
    pub(super) raters: Vec<u32>,
}

/// Biases, and rows of 1 and then the factors, so that the other side's own bias is a factor as well.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Side {
    pub biases: Vec<f64>,
    /// Row-major, d + 1 values each.
    pub rows: Vec<f64>,
}

impl StarsModel {
    /// Fits. Memory: both sides (8 bytes a value), the ratings twice (12 bytes each), d² a thread.
    ///
    /// # Errors
    /// When an option makes no sense, there are no ratings, or what comes out is no number.
    pub fn fit(data: &Interactions, options: StarsOptions) -> Result<Self, TrainError> {
        options.check()?;
        let ratings = data.ratings();
        if ratings == 0 {
            return Err(TrainError::NoRatings);
        }
        let stars = || data.rows.iter().flatten().map(|rating| rating.stars.value());
        let mean = stars().sum::<f64>() / precise(ratings);
        let above = data.rows.iter().map(|row| row.iter().map(|one| (one.item, one.stars.value() - mean)).collect());
        let x = SparseRows::new(data.items.len(), above);
        let by_film = x.transposed();
        let mut films = Side::start(x.width(), options);
        for _ in 0..options.sweeps {
            let people = films.solve_others(&x, options)?;
            films = people.solve_others(&by_film, options)?;
        }
        let raters = (0..by_film.height()).map(|film| u32::try_from(by_film.row(film).len()).unwrap_or(u32::MAX));
        Ok(Self { options, mean, films, raters: raters.collect() })
    }

    /// How many films it knows.
    pub fn movies(&self) -> usize {
        self.raters.len()
    }

    /// The options of the fit.
    pub fn options(&self) -> StarsOptions {
        self.options
    }
}

impl Side {
    /// Normal deviates (Box & Muller 1958).
    fn start(count: usize, options: StarsOptions) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        let deviation = START / precise(options.width.max(1)).sqrt();
        let mut deviate = || {
            let (radius, angle) = (1.0 - rng.random::<f64>(), rng.random::<f64>());
            deviation * (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
        };
        let mut rows = Vec::with_capacity(count * (options.width + 1));
        for _ in 0..count {
            rows.push(1.0);
            rows.extend((0..options.width).map(|_| deviate()));
        }
        Self { biases: vec![0.0; count], rows }
    }

    /// The other side by this one, in parallel.
    fn solve_others(&self, events: &SparseRows, options: StarsOptions) -> Result<Self, TrainError> {
        let width = options.width + 1;
        let mut rows = vec![0.0; events.height() * width];
        rows.par_chunks_mut(width).enumerate().try_for_each_init(
            || Solver::new(width),
            |solver, (at, out)| self.solve(solver, events.row(at), options, out),
        )?;
        let biases = rows.iter_mut().step_by(width).map(|bias| std::mem::replace(bias, 1.0)).collect();
        Ok(Self { biases, rows })
    }

    /// One row of the other side: its bias, then its factors.
    pub fn solve(
        &self,
        solver: &mut Solver,
        events: impl ExactSizeIterator<Item = (usize, f64)>,
        options: StarsOptions,
        out: &mut [f64],
    ) -> Result<(), TrainError> {
        let count = events.len();
        let pulls = events.map(|(row, above)| Pull { row, weight: 1.0, target: above - self.biases[row] });
        solver.solve(&self.rows, count, pulls, options.diagonal(count), out)
    }

    pub fn row(&self, at: usize) -> &[f64] {
        let width = self.rows.len() / self.biases.len();
        &self.rows[at * width..][..width]
    }
}
