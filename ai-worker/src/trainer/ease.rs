//! EASE^R (Steck 2019, arXiv:1905.03293), never formed for its own sake: B = I − P·diag(P)⁻¹ with `P = (XᵀX + Λ)⁻¹` is
//! applied to thin matrices, from the inverse over films or, where people are fewer, from the one over people.

use faer::{
    Accum, Mat, MatRef, Spec,
    dyn_stack::{MemBuffer, MemStack},
    linalg::{
        cholesky::llt::factor::{LltRegularization, cholesky_in_place, cholesky_in_place_scratch},
        matmul::triangular::{self, BlockStructure},
        triangular_inverse::invert_lower_triangular,
    },
};

use super::{TrainError, sparse::SparseRows};

/// B of EASE as an operator.
pub struct Ease<'x> {
    x: &'x SparseRows,
    inverse: Inverse,
    /// 1 / diag P.
    inverse_diagonal: Vec<f64>,
}

/// `P = (XᵀX + Λ)⁻¹`.
enum Inverse {
    /// P itself, films × films.
    Films(Mat<f64>),
    /// By Woodbury: P = Λ⁻¹ − Λ⁻¹Xᵀ·C·XΛ⁻¹ with C = (I + XΛ⁻¹Xᵀ)⁻¹, people × people.
    People { c: Mat<f64>, inverse_penalty: Vec<f64> },
}

impl<'x> Ease<'x> {
    /// Fits with the penalty Λ = λ + d/(1−d)·diag(XᵀX).
    ///
    /// # Errors
    /// When the matrix can't be inverted, which a positive λ prevents.
    pub fn fit(x: &'x SparseRows, lambda: f64, dropout: f64) -> Result<Self, TrainError> {
        let ratio = dropout / (1.0 - dropout);
        let penalty: Vec<f64> = x.column_energy().iter().map(|energy| lambda + ratio * energy).collect();
        let (inverse, diagonal) =
            if x.height() < x.width() { invert_over_people(x, &penalty)? } else { invert_over_films(x, &penalty)? };
        let inverse_diagonal = diagonal.into_iter().map(f64::recip).collect();
        Ok(Self { x, inverse, inverse_diagonal })
    }

    pub fn movies(&self) -> usize {
        self.x.width()
    }

    /// B·Z.
    pub fn times(&self, z: MatRef<'_, f64>) -> Mat<f64> {
        z - self.invert(scale_rows(z, &self.inverse_diagonal).as_ref())
    }

    /// Bᵀ·Z.
    fn transposed_times(&self, z: MatRef<'_, f64>) -> Mat<f64> {
        z - scale_rows(self.invert(z).as_ref(), &self.inverse_diagonal)
    }

    /// BᵀXᵀX·B·Z, whose largest eigenvectors are the right singular vectors of the predictions X·B.
    pub fn prediction_gram_times(&self, z: MatRef<'_, f64>) -> Mat<f64> {
        let predictions = self.x.times(self.times(z).as_ref());
        self.transposed_times(self.x.transposed_times(predictions.as_ref()).as_ref())
    }

    /// P·Z.
    fn invert(&self, z: MatRef<'_, f64>) -> Mat<f64> {
        match &self.inverse {
            Inverse::Films(p) => p * z,
            Inverse::People { c, inverse_penalty } => {
                let scaled = scale_rows(z, inverse_penalty);
                let over_people = c * self.x.times(scaled.as_ref());
                let back = scale_rows(self.x.transposed_times(over_people.as_ref()).as_ref(), inverse_penalty);
                scaled - back
            }
        }
    }
}

fn invert_over_films(x: &SparseRows, penalty: &[f64]) -> Result<(Inverse, Vec<f64>), TrainError> {
    let mut gram = x.gram();
    for (item, penalty) in penalty.iter().enumerate() {
        gram[(item, item)] += penalty;
    }
    let p = inverted(gram)?;
    let diagonal = (0..x.width()).map(|item| p[(item, item)]).collect();
    Ok((Inverse::Films(p), diagonal))
}

fn invert_over_people(x: &SparseRows, penalty: &[f64]) -> Result<(Inverse, Vec<f64>), TrainError> {
    let inverse_penalty: Vec<f64> = penalty.iter().map(|penalty| penalty.recip()).collect();
    let mut k = x.outer_gram(&inverse_penalty);
    for person in 0..x.height() {
        k[(person, person)] += 1.0;
    }
    let c = inverted(k)?;
    let diagonal = x
        .columns()
        .iter()
        .zip(&inverse_penalty)
        .map(|(raters, inverse)| {
            let quadratic: f64 = raters
                .iter()
                .map(|&(a, left)| left * raters.iter().map(|&(b, right)| c[(b, a)] * right).sum::<f64>())
                .sum();
            inverse - inverse * inverse * quadratic
        })
        .collect();
    Ok((Inverse::People { c, inverse_penalty }, diagonal))
}

/// The inverse of a positive definite matrix, in its own place: beside it there is one more of its size meanwhile.
///
/// faer's `llt` and `inverse` do the same with copies of their own, four of them at the widest.
pub(super) fn inverted(mut matrix: Mat<f64>) -> Result<Mat<f64>, TrainError> {
    let (size, parallel) = (matrix.nrows(), faer::get_global_parallelism());
    let mut scratch = MemBuffer::new(cholesky_in_place_scratch::<f64>(size, parallel, Spec::default()));
    cholesky_in_place(
        matrix.as_mut(),
        LltRegularization::default(),
        parallel,
        MemStack::new(&mut scratch),
        Spec::default(),
    )
    .map_err(|_| TrainError::Singular)?;
    // A⁻¹ = L⁻ᵀL⁻¹. What is above the diagonal of L is what the matrix had there, and is not looked at.
    let mut factor = Mat::zeros(size, size);
    invert_lower_triangular(factor.as_mut(), matrix.as_ref(), parallel);
    triangular::matmul(
        matrix.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        factor.transpose(),
        BlockStructure::TriangularUpper,
        factor.as_ref(),
        BlockStructure::TriangularLower,
        1.0,
        parallel,
    );
    for column in 1..size {
        for row in 0..column {
            matrix[(row, column)] = matrix[(column, row)];
        }
    }
    Ok(matrix)
}

fn scale_rows(z: MatRef<'_, f64>, scale: &[f64]) -> Mat<f64> {
    Mat::from_fn(z.nrows(), z.ncols(), |row, column| scale[row] * z[(row, column)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trainer::factors::precise;

    /// The same ratings with people repeated at weight zero, so that the other form of the inverse is taken.
    fn padded(height: usize, rows: &[Vec<(u32, f64)>]) -> SparseRows {
        let empty = std::iter::repeat_n(Vec::new(), height - rows.len());
        SparseRows::new(4, rows.iter().cloned().chain(empty))
    }

    #[test]
    fn the_inverse_over_people_gives_the_same_weights_as_the_one_over_films() {
        let rows = [vec![(0, 1.0), (1, 0.5)], vec![(1, 1.0), (2, -0.3)], vec![(0, 1.0), (2, 0.9), (3, 1.0)]];
        let (few, many) = (padded(3, &rows), padded(8, &rows));
        let identity = Mat::<f64>::identity(4, 4);
        let over_people = Ease::fit(&few, 0.7, 0.2).unwrap();
        let over_films = Ease::fit(&many, 0.7, 0.2).unwrap();
        assert!(matches!(over_people.inverse, Inverse::People { .. }));
        assert!(matches!(over_films.inverse, Inverse::Films(_)));
        for (left, right) in [
            (over_people.times(identity.as_ref()), over_films.times(identity.as_ref())),
            (over_people.prediction_gram_times(identity.as_ref()), over_films.prediction_gram_times(identity.as_ref())),
        ] {
            assert!((&left - &right).norm_max() < 1e-12, "{left:?} {right:?}");
        }
    }

    #[test]
    fn a_matrix_inverted_in_its_own_place_times_itself_is_one() {
        // Larger than the blocks that the factorisation works in.
        let size = 300;
        let wave = Mat::from_fn(size, size, |row, column| precise(row * 7 + column * 13).sin());
        let mut matrix = &wave * wave.transpose();
        for row in 0..size {
            matrix[(row, row)] += 1.0;
        }
        let product = &matrix * inverted(matrix.clone()).unwrap();
        assert!((product - Mat::<f64>::identity(size, size)).norm_max() < 1e-9);
        assert!(matches!(inverted(-matrix), Err(TrainError::Singular)));
    }

    #[test]
    fn a_film_never_predicts_itself() {
        let x = padded(8, &[vec![(0, 1.0), (1, 1.0)], vec![(1, 1.0), (3, 1.0)]]);
        let b = Ease::fit(&x, 0.5, 0.0).unwrap().times(Mat::<f64>::identity(4, 4).as_ref());
        for item in 0..4 {
            assert!(b[(item, item)].abs() < 1e-12, "{b:?}");
        }
    }
}
