//! The matrix X of people × films, sparse, and its products with dense matrices.

use faer::{Mat, MatRef};
use rayon::prelude::*;

use super::TrainError;

/// Rows of (column, value).
#[derive(Clone, Debug)]
pub struct SparseRows {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
    width: usize,
}

impl SparseRows {
    pub fn new(width: usize, rows: impl Iterator<Item = Vec<(u32, f64)>>) -> Self {
        let mut matrix = Self { starts: vec![0], columns: Vec::new(), values: Vec::new(), width };
        for row in rows {
            for (column, value) in row {
                debug_assert!((column as usize) < width, "a column inside the matrix");
                matrix.columns.push(column);
                matrix.values.push(value);
            }
            matrix.starts.push(matrix.columns.len());
        }
        matrix
    }

    pub fn height(&self) -> usize {
        self.starts.len() - 1
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// (column, value) of a row.
    pub fn row(&self, row: usize) -> impl ExactSizeIterator<Item = (usize, f64)> + '_ {
        let range = self.starts[row]..self.starts[row + 1];
        range.map(|position| (self.columns[position] as usize, self.values[position]))
    }

    /// Xᵀ; rows stay in order.
    pub fn transposed(&self) -> Self {
        let mut starts = vec![0; self.width + 1];
        for &column in &self.columns {
            starts[column as usize + 1] += 1;
        }
        for at in 0..self.width {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let (mut columns, mut values) = (vec![0; self.columns.len()], vec![0.0; self.values.len()]);
        for (row, index) in (0..self.height()).zip(0_u32..) {
            for (column, value) in self.row(row) {
                (columns[next[column]], values[next[column]]) = (index, value);
                next[column] += 1;
            }
        }
        Self { starts, columns, values, width: self.height() }
    }

    /// # Errors
    /// Names the first value that is no number.
    pub fn check_finite(&self) -> Result<(), TrainError> {
        match self.values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(TrainError::NotFinite { film: self.columns[at] as usize, weight: self.values[at] }),
            None => Ok(()),
        }
    }

    /// X·Z.
    pub fn times(&self, dense: MatRef<'_, f64>) -> Mat<f64> {
        by_column(self.height(), dense.ncols(), |column, out| {
            let dense = dense.col(column);
            for (row, sum) in out.iter_mut().enumerate() {
                *sum = self.row(row).map(|(column, value)| value * dense[column]).sum();
            }
        })
    }

    /// Xᵀ·Z.
    pub fn transposed_times(&self, dense: MatRef<'_, f64>) -> Mat<f64> {
        by_column(self.width, dense.ncols(), |column, out| {
            for row in 0..self.height() {
                let factor = dense[(row, column)];
                for (column, value) in self.row(row) {
                    out[column] += value * factor;
                }
            }
        })
    }

    /// The diagonal of `XᵀX`.
    pub fn column_energy(&self) -> Vec<f64> {
        let mut energy = vec![0.0; self.width];
        for (&column, value) in self.columns.iter().zip(&self.values) {
            energy[column as usize] += value * value;
        }
        energy
    }

    /// `XᵀX`, dense.
    pub fn gram(&self) -> Mat<f64> {
        let mut gram = Mat::zeros(self.width, self.width);
        for row in 0..self.height() {
            for (a, left) in self.row(row) {
                for (b, right) in self.row(row) {
                    gram[(b, a)] += left * right;
                }
            }
        }
        gram
    }

    /// X·diag(scale)·Xᵀ, dense.
    pub fn outer_gram(&self, scale: &[f64]) -> Mat<f64> {
        by_column(self.height(), self.height(), |other, out| {
            let mut spread = vec![0.0; self.width];
            for (column, value) in self.row(other) {
                spread[column] = value * scale[column];
            }
            for (row, sum) in out.iter_mut().enumerate() {
                *sum = self.row(row).map(|(column, value)| value * spread[column]).sum();
            }
        })
    }

    /// For each column its (row, value).
    pub fn columns(&self) -> Vec<Vec<(usize, f64)>> {
        let mut columns = vec![Vec::new(); self.width];
        for row in 0..self.height() {
            for (column, value) in self.row(row) {
                columns[column].push((row, value));
            }
        }
        columns
    }
}

/// A dense matrix whose columns are filled in parallel.
fn by_column(height: usize, width: usize, fill: impl Fn(usize, &mut [f64]) + Sync) -> Mat<f64> {
    let columns: Vec<Vec<f64>> = (0..width)
        .into_par_iter()
        .map(|column| {
            let mut out = vec![0.0; height];
            fill(column, &mut out);
            out
        })
        .collect();
    Mat::from_fn(height, width, |row, column| columns[column][row])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turned_over_it_has_the_same_values_by_column() {
        let x = SparseRows::new(3, [vec![(0, 1.0), (2, 2.0)], vec![], vec![(2, 3.0)]].into_iter());
        let turned = x.transposed();
        assert_eq!((turned.height(), turned.width()), (3, 3));
        for (column, wanted) in x.columns().into_iter().enumerate() {
            assert_eq!(turned.row(column).collect::<Vec<_>>(), wanted);
        }
    }
}
