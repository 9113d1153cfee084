//! Alternating: people by films, films by people. It ends with the films: people's rows are what a fold-in gives.

use faer::{Mat, MatMut, MatRef, Side};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use rayon::prelude::*;

use super::IalsOptions;
use crate::trainer::{
    TrainError,
    factors::precise,
    solver::{Pull, Solver},
    sparse::SparseRows,
};

/// A sweep that is done. They take the same time each, so what is left is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// From 1.
    pub done: u32,
    pub of: u32,
}

/// The films' side, row-major, in the eigenbasis of its Gram matrix.
pub struct Films {
    pub rows: Vec<f64>,
    /// The diagonal of the Gram matrix there.
    pub spectrum: Vec<f64>,
}

/// Fits people × films. Memory: both sides (8 bytes a value), the ratings twice (12 bytes each), d² a thread.
///
/// # Errors
/// When an option makes no sense, a weight is no number, or what comes out is none.
pub fn alternate(x: &SparseRows, options: IalsOptions, progress: &dyn Fn(Sweep)) -> Result<Films, TrainError> {
    options.check()?;
    x.check_finite()?;
    let options = IalsOptions { width: options.width.min(x.width()).max(1), ..options };
    let by_film = x.transposed();
    let mut films = starting_rows(x.width(), options);
    for done in 1..=options.sweeps {
        let spectrum = turn(&mut films, options.width)?;
        let mut people = solve_side(x, &films, &spectrum, options)?;
        let spectrum = turn(&mut people, options.width)?;
        films = solve_side(&by_film, &people, &spectrum, options)?;
        progress(Sweep { done, of: options.sweeps });
    }
    let spectrum = turn(&mut films, options.width)?;
    Ok(Films { rows: films, spectrum })
}

/// Normal deviates (Box & Muller 1958).
pub(super) fn starting_rows(count: usize, options: IalsOptions) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let deviation = options.spread / precise(options.width).sqrt();
    let mut deviate = || {
        let (radius, angle) = (1.0 - rng.random::<f64>(), rng.random::<f64>());
        deviation * (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    };
    (0..count * options.width).map(|_| deviate()).collect()
}

/// Turns rows into the eigenbasis of their Gram matrix and returns its diagonal there.
fn turn(rows: &mut Vec<f64>, width: usize) -> Result<Vec<f64>, TrainError> {
    let count = rows.len() / width;
    let before = MatRef::from_row_major_slice(rows, count, width);
    let gram: Mat<f64> = before.transpose() * before;
    let eigen = gram.self_adjoint_eigen(Side::Lower).map_err(|_| TrainError::NotConverged)?;
    let values = eigen.S().column_vector();
    let spectrum: Vec<f64> = (0..width).map(|at| values[at]).collect();
    if !spectrum.iter().all(|value| value.is_finite()) {
        return Err(TrainError::NotConverged);
    }
    let mut turned = vec![0.0; rows.len()];
    MatMut::from_row_major_slice_mut(&mut turned, count, width).copy_from(before * eigen.U());
    *rows = turned;
    // Rounding may leave those of directions that nothing is in a little below 0.
    Ok(spectrum.into_iter().map(|value| value.max(0.0)).collect())
}

/// The rows of one side by the other's, in parallel.
pub(super) fn solve_side(
    events: &SparseRows,
    others: &[f64],
    spectrum: &[f64],
    options: IalsOptions,
) -> Result<Vec<f64>, TrainError> {
    let width = options.width;
    let mut rows = vec![0.0; events.height() * width];
    rows.par_chunks_mut(width).enumerate().try_for_each_init(
        || Solver::new(width),
        |solver, (at, out)| {
            let evidence = events.row(at).map(|event| event.1.abs()).sum();
            let diagonal = diagonal(spectrum, options, evidence, events.width());
            solver.solve(others, events.row(at).len(), events.row(at).map(Pull::by_sign), diagonal, out)
        },
    )?;
    Ok(rows)
}

/// α₀·spectrum + ridge: the system of a row without its events.
pub fn diagonal(spectrum: &[f64], options: IalsOptions, evidence: f64, others: usize) -> impl Iterator<Item = f64> {
    let ridge = options.ridge(evidence, others);
    spectrum.iter().map(move |value| options.unobserved * value + ridge)
}
