//! Ridge regression with weights (Hoerl and Kennard 1970), for any ridge after one eigendecomposition, and how well it does on films
//! that it has not seen.
//!
//! ```text
//! map = (AᵀWA + ridge·I)⁻¹·AᵀWY = Q·(Λ + ridge)⁻¹·QᵀAᵀWY        AᵀWA = Q·Λ·Qᵀ
//! ```
//!
//! A and Y are centred by their weighted means, and weights have a mean of one.

use faer::{Mat, MatRef, Side};
use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};

use crate::trainer::{TrainError, factors::precise};

const FOLDS: usize = 5;

/// Films to learn from: what goes in, what should come out, and how much each counts.
pub struct Sample {
    pub inputs: Mat<f64>,
    pub outputs: Mat<f64>,
    pub weights: Vec<f64>,
}

/// A regression before a ridge is chosen.
pub struct Regression {
    mean_in: Vec<f64>,
    mean_out: Vec<f64>,
    directions: Mat<f64>,
    energies: Vec<f64>,
    turned: Mat<f64>,
}

/// `mean_out + scale·(x − mean_in)·map`.
pub struct Linear {
    mean_in: Vec<f64>,
    mean_out: Vec<f64>,
    map: Mat<f64>,
}

/// What a ridge does on films left out.
#[derive(Clone, Copy, Debug)]
pub struct Checked {
    pub ridge: f64,
    /// What predicted rows, less the mean row, are to be multiplied with to be nearest to the learnt ones.
    pub scale: f64,
    /// The part of the variance about the mean row that they explain then; 0–1.
    pub explained: f64,
}

impl Sample {
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    pub fn of(&self, films: &[usize]) -> Self {
        let part = |from: &Mat<f64>| Mat::from_fn(films.len(), from.ncols(), |row, column| from[(films[row], column)]);
        let weights = films.iter().map(|&film| self.weights[film]).collect();
        Self { inputs: part(&self.inputs), outputs: part(&self.outputs), weights }
    }

    /// Folds of about as many films: who is learnt from, and who is left out.
    pub fn folds(&self, seed: u64) -> Vec<(Vec<usize>, Vec<usize>)> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let fold = |fold: usize| {
            let places = order.iter().enumerate();
            let (out, rest): (Vec<_>, Vec<_>) = places.partition(|(place, _)| place % FOLDS == fold);
            let films = |part: Vec<(usize, &usize)>| part.into_iter().map(|(_, film)| *film).collect();
            (films(rest), films(out))
        };
        (0..FOLDS).map(fold).collect()
    }
}

impl Regression {
    /// # Errors
    /// When the eigenvalue problem does not converge, as with numbers that are not finite.
    pub fn fit(sample: &Sample) -> Result<Self, TrainError> {
        let total: f64 = sample.weights.iter().sum();
        let mean_weight = total / precise(sample.len().max(1));
        let mean = |rows: &Mat<f64>| -> Vec<f64> {
            let sum = |column| sample.weights.iter().enumerate().map(|(row, w)| w * rows[(row, column)]).sum::<f64>();
            (0..rows.ncols()).map(|column| sum(column) / total).collect()
        };
        let (mean_in, mean_out) = (mean(&sample.inputs), mean(&sample.outputs));
        let centred = |rows: &Mat<f64>, mean: &[f64]| {
            let scale = |row: usize| (sample.weights[row] / mean_weight).sqrt();
            Mat::from_fn(rows.nrows(), rows.ncols(), |row, column| scale(row) * (rows[(row, column)] - mean[column]))
        };
        let inputs = centred(&sample.inputs, &mean_in);
        let gram = inputs.transpose() * &inputs;
        let eigen = gram.self_adjoint_eigen(Side::Lower).map_err(|_| TrainError::NotConverged)?;
        let energies = eigen.S().column_vector().iter().map(|energy| energy.max(0.0)).collect();
        let directions = eigen.U().to_owned();
        let turned = directions.transpose() * (inputs.transpose() * centred(&sample.outputs, &mean_out));
        Ok(Self { mean_in, mean_out, directions, energies, turned })
    }

    pub fn at(&self, ridge: f64, scale: f64) -> Linear {
        let shrunk = Mat::from_fn(self.turned.nrows(), self.turned.ncols(), |row, column| {
            scale * self.turned[(row, column)] / (self.energies[row] + ridge)
        });
        Linear { mean_in: self.mean_in.clone(), mean_out: self.mean_out.clone(), map: &self.directions * shrunk }
    }
}

impl Linear {
    pub fn apply(&self, inputs: MatRef<'_, f64>) -> Mat<f64> {
        let centred =
            Mat::from_fn(inputs.nrows(), inputs.ncols(), |row, column| inputs[(row, column)] - self.mean_in[column]);
        let moved = centred * &self.map;
        Mat::from_fn(moved.nrows(), moved.ncols(), |row, column| moved[(row, column)] + self.mean_out[column])
    }
}

/// What each ridge does on films left out, a fifth at a time; `importance` says how much each column of the outputs counts.
///
/// # Errors
/// As [`Regression::fit`].
pub fn cross_validated(
    sample: &Sample,
    importance: &[f64],
    ridges: &[f64],
    seed: u64,
) -> Result<Vec<Checked>, TrainError> {
    let mut sums = vec![[0.0_f64; 3]; ridges.len()];
    for (rest, out) in sample.folds(seed) {
        let regression = Regression::fit(&sample.of(&rest))?;
        let out = sample.of(&out);
        for (ridge, [together, predicted, there]) in ridges.iter().zip(&mut sums) {
            let rows = regression.at(*ridge, 1.0).apply(out.inputs.as_ref());
            for (film, weight) in out.weights.iter().enumerate() {
                for (column, importance) in importance.iter().enumerate() {
                    let mean = regression.mean_out[column];
                    let (wanted, found) = (out.outputs[(film, column)] - mean, rows[(film, column)] - mean);
                    let counts = weight * importance;
                    *together += counts * wanted * found;
                    *predicted += counts * found * found;
                    *there += counts * wanted * wanted;
                }
            }
        }
    }
    let checked = ridges.iter().zip(sums).map(|(&ridge, [together, predicted, there])| {
        let scale = if predicted > 0.0 { (together / predicted).max(0.0) } else { 0.0 };
        let explained = if there > 0.0 { scale * (2.0 * together - scale * predicted) / there } else { 0.0 };
        Checked { ridge, scale, explained }
    });
    Ok(checked.collect())
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    fn sample(noise: f64) -> Sample {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let inputs = Mat::from_fn(200, 6, |_, _| rng.random_range(-1.0..1.0));
        let outputs = Mat::from_fn(200, 2, |row, column| {
            5.0 + inputs[(row, column)] - 2.0 * inputs[(row, 5)] + noise * rng.random_range(-1.0..1.0)
        });
        Sample { inputs, outputs, weights: vec![1.0; 200] }
    }

    #[test]
    fn what_is_linear_is_learnt_and_a_scale_makes_up_for_too_large_a_ridge() {
        let sample = sample(0.0);
        let [exact, shrunk] = cross_validated(&sample, &[1.0, 1.0], &[1e-6, 200.0], 1).unwrap()[..] else { panic!() };
        assert!(exact.explained > 0.999 && (exact.scale - 1.0).abs() < 1e-3, "{exact:?}");
        assert!(shrunk.explained > 0.9 && shrunk.scale > 2.0, "{shrunk:?}");
        let rows = Regression::fit(&sample).unwrap().at(1e-6, 1.0).apply(sample.inputs.as_ref());
        assert!((rows - &sample.outputs).norm_max() < 1e-4);
    }

    #[test]
    fn a_film_that_weighs_nothing_is_not_learnt_from() {
        let mut odd = sample(0.0);
        odd.outputs[(0, 0)] = 1e6;
        odd.weights[0] = 0.0;
        let rows = Regression::fit(&odd).unwrap().at(1e-6, 1.0).apply(odd.inputs.as_ref());
        assert!((rows[(1, 0)] - odd.outputs[(1, 0)]).abs() < 1e-3);
    }

    #[test]
    fn what_has_nothing_to_do_with_the_inputs_is_not_explained() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let outputs = Mat::from_fn(200, 2, |_, _| rng.random_range(-1.0..1.0));
        let noise = Sample { outputs, ..sample(0.0) };
        let checked = cross_validated(&noise, &[1.0, 1.0], &[1.0, 100.0], 1).unwrap();
        assert!(checked.iter().all(|checked| checked.explained < 0.02), "{checked:?}");
    }
}
