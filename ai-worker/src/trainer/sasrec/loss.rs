//! Sampled softmax with negatives that all targets share (Klenitskiy & Vasilev 2023):
//!
//! ```text
//! loss = log(exp(x·target) + Σ over candidates but the target exp(x·candidate + correction)) − x·target
//! ```

use super::{
    matrix::Matrix,
    vectors::{exp, largest, product, to_exps},
};

/// Films that the targets of a batch are held against.
pub struct Candidates {
    pub films: Vec<u32>,
    /// Of each film, where it is among them; `u32::MAX` where it is not.
    pub place: Vec<u32>,
    /// log(films ⁄ candidates): each candidate stands for so many films (Jean, Cho, Memisevic & Bengio 2015).
    pub correction: f32,
}

/// What vectors `[n,d]` are to find: films, their rows `[n,d]`, and what each counts.
pub struct Sought<'a> {
    pub films: &'a [u32],
    pub rows: &'a Matrix,
    pub worth: &'a [f32],
}

/// The sum of losses, each as it counts, and its derivatives.
pub struct Loss {
    pub sum: f64,
    pub of_vectors: Matrix,
    pub of_candidates: Matrix,
    pub of_sought: Matrix,
}

impl Loss {
    pub fn new(vectors: &Matrix, candidates: &Candidates, rows: &Matrix, sought: &Sought<'_>) -> Self {
        // Scores at first, then their derivatives.
        let mut scores = vectors.times_transposed(rows);
        let mut own = vec![0.0; vectors.rows];
        let mut sum = 0.0;
        for (at, of_own) in own.iter_mut().enumerate() {
            let target = candidates.place[sought.films[at] as usize] as usize;
            let (score, worth) = (product(vectors.row(at), sought.rows.row(at)), sought.worth[at]);
            let loss = one(scores.row_mut(at), score - candidates.correction, target, worth);
            *of_own = worth * (exp(-loss) - 1.0);
            sum += f64::from(worth * loss);
        }
        let mut of_vectors = scores.times(rows);
        let mut of_sought = Matrix::zeros(vectors.rows, vectors.width);
        for (at, own) in own.iter().enumerate() {
            let (vector, target) = (vectors.row(at), sought.rows.row(at));
            of_vectors.row_mut(at).iter_mut().zip(target).for_each(|(of, value)| *of += own * value);
            of_sought.row_mut(at).iter_mut().zip(vector).for_each(|(of, value)| *of = own * value);
        }
        let mut of_candidates = Matrix::zeros(rows.rows, rows.width);
        of_candidates.add_transposed_times(&scores, vectors);
        Self { sum, of_vectors, of_candidates, of_sought }
    }
}

/// The loss of one; its scores become their derivatives.
fn one(scores: &mut [f32], own: f32, target: usize, worth: f32) -> f32 {
    let largest = largest(scores).max(own);
    let mut whole = to_exps(scores, largest, 1.0);
    if let Some(target) = scores.get_mut(target) {
        whole -= *target;
        *target = 0.0;
    }
    let whole = whole.max(0.0) + exp(own - largest);
    let share = worth / whole;
    for score in scores {
        *score *= share;
    }
    whole.ln() + largest - own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_softmax_over_all_films_where_all_are_candidates() {
        let rows = Matrix { rows: 3, width: 2, values: vec![0.3, -1.0, 0.7, 0.2, -0.4, 0.9] };
        let vectors = Matrix { rows: 1, width: 2, values: vec![1.5, -0.5] };
        let candidates = Candidates { films: vec![0, 1, 2], place: vec![0, 1, 2], correction: 0.0 };
        let target = Matrix::of_rows(&rows, &[2]);
        let sought = Sought { films: &[2], rows: &target, worth: &[1.0] };
        let scores: Vec<f32> = (0..3).map(|film| product(vectors.row(0), rows.row(film))).collect();
        let wanted = scores.iter().map(|score| score.exp()).sum::<f32>().ln() - scores[2];
        assert!((Loss::new(&vectors, &candidates, &rows, &sought).sum - f64::from(wanted)).abs() < 1e-5);
    }
}
