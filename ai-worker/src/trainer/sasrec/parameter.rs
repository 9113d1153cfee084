//! What is learnt, and how it moves: Adam with decay apart from the gradient (Kingma & Ba 2015; Loshchilov & Hutter 2019).

use rand::{Rng, RngExt};

use super::matrix::Matrix;
use crate::trainer::factors::single;

const FIRST_FADES: f64 = 0.9;
const SECOND_FADES: f64 = 0.999;
const EPSILON: f32 = 1e-8;

/// A matrix with the sum of its derivatives, and the means of those and of their squares.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub matrix: Matrix,
    gradient: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
}

/// A step: its number from 1, how far it goes, what values lose, and what derivatives are multiplied by.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    pub number: u32,
    pub rate: f64,
    pub decay: f64,
    pub shorter: f64,
}

impl Parameter {
    /// Normal deviates.
    pub fn new(shape: (usize, usize), spread: f64, rng: &mut impl Rng) -> Self {
        let count = shape.0 * shape.1;
        let values = (0..count).map(|_| single(spread * deviate(rng))).collect();
        let matrix = Matrix { rows: shape.0, width: shape.1, values };
        let zeros = vec![0.0; count];
        Self { matrix, gradient: zeros.clone(), first: zeros.clone(), second: zeros }
    }

    pub fn add(&mut self, gradient: &Matrix) {
        self.gradient.iter_mut().zip(&gradient.values).for_each(|(sum, value)| *sum += value);
    }

    /// Derivatives of some rows, of which each may come several times.
    pub fn add_rows(&mut self, rows: &[u32], gradient: &Matrix) {
        let width = self.matrix.width;
        for (at, row) in rows.iter().enumerate() {
            let sums = &mut self.gradient[*row as usize * width..][..width];
            sums.iter_mut().zip(gradient.row(at)).for_each(|(sum, value)| *sum += value);
        }
    }

    /// The square of the gradient's length.
    pub fn square(&self) -> f64 {
        self.gradient.chunks(1_024).map(|chunk| f64::from(chunk.iter().map(|value| value * value).sum::<f32>())).sum()
    }

    /// Goes down, and forgets the gradient.
    pub fn descend(&mut self, Move { number, rate, decay, shorter }: Move) {
        let steps = f64::from(number);
        let (first_fades, second_fades, shorter) = (single(FIRST_FADES), single(SECOND_FADES), single(shorter));
        let kept = single(1.0 - rate * decay);
        let rate = single(rate / (1.0 - FIRST_FADES.powf(steps)));
        let unbiased = single((1.0 - SECOND_FADES.powf(steps)).recip());
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((value, gradient), (first, second)) in self.matrix.values.iter_mut().zip(&mut self.gradient).zip(moments) {
            let slope = *gradient * shorter;
            *gradient = 0.0;
            *first = first_fades * *first + (1.0 - first_fades) * slope;
            *second = second_fades * *second + (1.0 - second_fades) * slope * slope;
            *value = kept * *value - rate * *first / ((*second * unbiased).sqrt() + EPSILON);
        }
    }
}

/// Box & Muller 1958.
fn deviate(rng: &mut impl Rng) -> f64 {
    let (radius, angle) = (1.0 - rng.random::<f64>(), rng.random::<f64>());
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    use super::*;

    #[test]
    fn the_first_step_goes_as_far_as_the_rate_says_against_the_gradient() {
        let mut parameter = Parameter::new((2, 1), 0.0, &mut ChaCha8Rng::seed_from_u64(1));
        parameter.add(&Matrix { rows: 2, width: 1, values: vec![5.0, 0.0] });
        parameter.add_rows(&[1, 1], &Matrix { rows: 2, width: 1, values: vec![-1.0, -2.0] });
        assert!((parameter.square() - 34.0).abs() < 1e-6);
        parameter.descend(Move { number: 1, rate: 0.1, decay: 0.0, shorter: 0.5 });
        assert!(
            (parameter.matrix.values[0] + 0.1).abs() < 1e-5 && (parameter.matrix.values[1] - 0.1).abs() < 1e-5,
            "{parameter:?}"
        );
        assert!(parameter.square() < f64::EPSILON, "what was gone is forgotten");
    }

    #[test]
    fn decay_takes_values_to_zero_where_nothing_else_does() {
        let mut parameter = Parameter::new((3, 2), 1.0, &mut ChaCha8Rng::seed_from_u64(1));
        let before = parameter.matrix.values.clone();
        parameter.descend(Move { number: 1, rate: 0.1, decay: 0.5, shorter: 1.0 });
        assert!(
            parameter.matrix.values.iter().zip(&before).all(|(after, before)| (after - 0.95 * before).abs() < 1e-6)
        );
    }
}
