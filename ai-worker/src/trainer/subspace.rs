//! The largest eigenvectors of a positive semidefinite operator by randomised subspace iteration (Halko, Martinsson &
//! Tropp 2011, algorithm 4.4).

use faer::{Mat, MatRef, Side};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::TrainError;

/// Columns beyond the wanted rank, and rounds: enough for three digits of the smallest kept eigenvalue.
pub(super) const OVERSAMPLING: usize = 16;
const ROUNDS: usize = 6;
/// Products with the inverse that a fit takes: two for each time that predictions' Gram matrix is applied, and one for the events' side.
pub(super) const PRODUCTS: usize = 2 * (ROUNDS + 1) + 1;

/// The eigenvectors of the `rank` largest eigenvalues, largest first, as columns; `apply` multiplies by the n × n
/// operator.
///
/// # Errors
/// When the small eigenvalue problem does not converge, as with numbers that are not finite.
pub fn largest_eigenvectors(
    n: usize,
    rank: usize,
    seed: u64,
    apply: impl Fn(MatRef<'_, f64>) -> Mat<f64>,
) -> Result<Mat<f64>, TrainError> {
    let width = (rank + OVERSAMPLING).min(n);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut basis = Mat::from_fn(n, width, |_, _| rng.random_range(-1.0..1.0)).qr().compute_thin_Q();
    for _ in 0..ROUNDS {
        basis = apply(basis.as_ref()).qr().compute_thin_Q();
    }
    let small = basis.transpose() * apply(basis.as_ref());
    let eigen = small.self_adjoint_eigen(Side::Lower).map_err(|_| TrainError::NotConverged)?;
    // Eigenvalues come in ascending order.
    let u = eigen.U();
    let rank = rank.min(width);
    let leading = Mat::from_fn(width, rank, |row, column| u[(row, width - 1 - column)]);
    Ok(basis * leading)
}
