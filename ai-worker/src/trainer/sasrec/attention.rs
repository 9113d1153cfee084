//! Attention (Vaswani and others 2017) of each place to itself and those before it, from queries, keys and values `[people · places,
//! d]` to as many vectors.
//!
//! What places look at is computed once more for the derivatives, so that of places × places nothing is kept.

use faer::{Accum, MatMut, MatRef};

use super::{
    matrix::{Matrix, multiply},
    vectors::{as_float, largest, product, to_exps},
};

#[derive(Clone, Copy, Debug)]
pub struct Attention {
    pub people: usize,
    pub places: usize,
    pub heads: usize,
}

impl Attention {
    pub fn apply(self, query: &Matrix, key: &Matrix, value: &Matrix) -> Matrix {
        let mut out = Matrix::zeros(query.rows, query.width);
        for at in self.squares() {
            let looks = self.looks(self.part(query, at), self.part(key, at));
            multiply(self.part_mut(&mut out, at), looks.view(), self.part(value, at), Accum::Replace);
        }
        out
    }

    /// Of queries, keys and values.
    pub fn back(self, query: &Matrix, key: &Matrix, value: &Matrix, grad: &Matrix) -> [Matrix; 3] {
        let mut of = [query, key, value].map(|matrix| Matrix::zeros(matrix.rows, matrix.width));
        for at in self.squares() {
            let (query, key, value, grad) =
                (self.part(query, at), self.part(key, at), self.part(value, at), self.part(grad, at));
            let looks = self.looks(query, key);
            multiply(self.part_mut(&mut of[2], at), looks.view().transpose(), grad, Accum::Replace);
            let mut of_looks = Matrix::zeros(self.places, self.places);
            multiply(of_looks.view_mut(), grad, value.transpose(), Accum::Replace);
            let scale = scale(query);
            for (row, looks) in of_looks.values.chunks_mut(self.places).zip(looks.values.chunks(self.places)) {
                let along = product(row, looks);
                for (grad, look) in row.iter_mut().zip(looks) {
                    *grad = look * (*grad - along) * scale;
                }
            }
            multiply(self.part_mut(&mut of[0], at), of_looks.view(), key, Accum::Replace);
            multiply(self.part_mut(&mut of[1], at), of_looks.view().transpose(), query, Accum::Replace);
        }
        of
    }

    /// Every person's and head's.
    fn squares(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.people).flat_map(move |person| (0..self.heads).map(move |head| (person, head)))
    }

    fn part(self, matrix: &Matrix, (person, head): (usize, usize)) -> MatRef<'_, f32> {
        let depth = matrix.width / self.heads;
        matrix.view().submatrix(person * self.places, head * depth, self.places, depth)
    }

    fn part_mut(self, matrix: &mut Matrix, (person, head): (usize, usize)) -> MatMut<'_, f32> {
        let depth = matrix.width / self.heads;
        matrix.view_mut().submatrix_mut(person * self.places, head * depth, self.places, depth)
    }

    /// `[places, places]`: of each place, how much of which other it takes; softmax over those that are not later.
    fn looks(self, query: MatRef<'_, f32>, key: MatRef<'_, f32>) -> Matrix {
        let mut looks = Matrix::zeros(self.places, self.places);
        multiply(looks.view_mut(), query, key.transpose(), Accum::Replace);
        let scale = scale(query);
        for (at, row) in looks.values.chunks_mut(self.places).enumerate() {
            let (seen, later) = row.split_at_mut(at + 1);
            later.fill(0.0);
            let largest = largest(seen);
            let whole = to_exps(seen, largest, scale).recip();
            for value in seen {
                *value *= whole;
            }
        }
        looks
    }
}

fn scale(query: MatRef<'_, f32>) -> f32 {
    as_float(query.ncols()).sqrt().recip()
}
