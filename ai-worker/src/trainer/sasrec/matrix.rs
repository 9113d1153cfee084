//! Matrices in single precision, row-major, and their products, on one thread: pieces of a batch are side by side already.

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};

#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    pub rows: usize,
    pub width: usize,
    pub values: Vec<f32>,
}

impl Matrix {
    pub fn zeros(rows: usize, width: usize) -> Self {
        Self { rows, width, values: vec![0.0; rows * width] }
    }

    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..][..self.width]
    }

    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.values[row * self.width..][..self.width]
    }

    /// Of another one's rows these, one after the other.
    pub fn of_rows(other: &Self, rows: &[u32]) -> Self {
        let values = rows.iter().flat_map(|row| other.row(*row as usize)).copied().collect();
        Self { rows: rows.len(), width: other.width, values }
    }

    /// `self · other`.
    pub fn times(&self, other: &Self) -> Self {
        let mut out = Self::zeros(self.rows, other.width);
        multiply(out.view_mut(), self.view(), other.view(), Accum::Replace);
        out
    }

    /// `self · otherᵀ`.
    pub fn times_transposed(&self, other: &Self) -> Self {
        let mut out = Self::zeros(self.rows, other.rows);
        multiply(out.view_mut(), self.view(), other.view().transpose(), Accum::Replace);
        out
    }

    /// Adds `one · otherᵀ`.
    pub fn add_times_transposed(&mut self, one: &Self, other: &Self) {
        multiply(self.view_mut(), one.view(), other.view().transpose(), Accum::Add);
    }

    /// Adds `oneᵀ · other`.
    pub fn add_transposed_times(&mut self, one: &Self, other: &Self) {
        multiply(self.view_mut(), one.view().transpose(), other.view(), Accum::Add);
    }

    pub fn view(&self) -> MatRef<'_, f32> {
        MatRef::from_row_major_slice(&self.values, self.rows, self.width)
    }

    pub fn view_mut(&mut self) -> MatMut<'_, f32> {
        MatMut::from_row_major_slice_mut(&mut self.values, self.rows, self.width)
    }
}

/// Puts a product into `out`, or adds it.
pub fn multiply(out: MatMut<'_, f32>, one: MatRef<'_, f32>, other: MatRef<'_, f32>, how: Accum) {
    matmul(out, how, one, other, 1.0, Par::Seq);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_definition() {
        let one = Matrix { rows: 2, width: 3, values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
        let other = Matrix { rows: 3, width: 2, values: vec![1.0, 0.0, 0.0, 1.0, 2.0, -1.0] };
        let product = one.times(&other);
        assert_eq!(product.values, [7.0, -1.0, 16.0, -1.0]);
        let transposed = Matrix { rows: 2, width: 3, values: vec![1.0, 0.0, 2.0, 0.0, 1.0, -1.0] };
        assert_eq!(one.times_transposed(&transposed), product);
        let mut sum = product.clone();
        sum.add_times_transposed(&one, &transposed);
        assert_eq!(sum.values, [14.0, -2.0, 32.0, -2.0]);
        let mut square = Matrix::zeros(3, 3);
        square.add_transposed_times(&one, &one);
        assert_eq!(square.row(1), [22.0, 29.0, 36.0]);
        assert_eq!(Matrix::of_rows(&other, &[2, 0, 2]).values, [2.0, -1.0, 1.0, 0.0, 2.0, -1.0]);
    }
}
