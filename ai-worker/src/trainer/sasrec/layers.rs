//! What the network computes value by value, and the derivatives of that: each function's are below it.

use rand::{Rng, SeedableRng, rngs::ChaCha8Rng};

use super::{
    matrix::Matrix,
    vectors::{as_float, product, sigmoids, sum_of},
};

/// Added to a variance.
pub const EPSILON: f32 = 1e-5;

/// Each row with mean 0 and variance 1 (Ba, Kiros & Hinton 2016), without scale and shift: what follows is a product, which has a scale.
pub fn norm(x: &Matrix) -> Matrix {
    let mut out = x.clone();
    for row in out.values.chunks_mut(x.width) {
        let (mean, scale) = moments(row);
        for value in row {
            *value = (*value - mean) * scale;
        }
    }
    out
}

/// Adds to `of_x`, from what went in, what came out and the derivatives of that.
pub fn add_norm_back(of_x: &mut Matrix, x: &Matrix, out: &Matrix, grad: &Matrix) {
    let count = as_float(x.width);
    for at in 0..x.rows {
        let (out, grad, (_, scale)) = (out.row(at), grad.row(at), moments(x.row(at)));
        let (mean, along) = (sum_of(grad, |value| value) / count, product(grad, out) / count);
        for (sum, (grad, out)) in of_x.row_mut(at).iter_mut().zip(grad.iter().zip(out)) {
            *sum += scale * (grad - mean - out * along);
        }
    }
}

/// Mean and 1 ⁄ standard deviation.
fn moments(row: &[f32]) -> (f32, f32) {
    let count = as_float(row.len());
    let mean = sum_of(row, |value| value) / count;
    let variance = sum_of(row, |value| (value - mean) * (value - mean)) / count;
    (mean, (variance + EPSILON).sqrt().recip())
}

/// `silu(a)·b` (Shazeer 2020).
pub fn swiglu(a: &Matrix, b: &Matrix) -> Matrix {
    let mut out = sigmoids(&a.values);
    for (value, (a, b)) in out.iter_mut().zip(a.values.iter().zip(&b.values)) {
        *value *= a * b;
    }
    Matrix { values: out, ..*a }
}

/// Of a and b.
pub fn swiglu_back(a: &Matrix, b: &Matrix, grad: &Matrix) -> (Matrix, Matrix) {
    let (mut of_a, mut of_b, open) = (grad.clone(), grad.clone(), sigmoids(&a.values));
    let pairs = a.values.iter().zip(&b.values).zip(&open);
    for ((of_a, of_b), ((a, b), open)) in of_a.values.iter_mut().zip(&mut of_b.values).zip(pairs) {
        *of_a *= b * open * (1.0 + a * (1.0 - open));
        *of_b *= a * open;
    }
    (of_a, of_b)
}

/// `x + σ(gate)·y`: what is added to a place is let through as far as the place itself says.
pub fn gated(x: &Matrix, gate: &Matrix, y: &Matrix) -> Matrix {
    let mut out = sigmoids(&gate.values);
    for (value, (x, y)) in out.iter_mut().zip(x.values.iter().zip(&y.values)) {
        *value = x + *value * y;
    }
    Matrix { values: out, ..*x }
}

/// Of the gate and of y; those of x are what comes in.
pub fn gated_back(gate: &Matrix, y: &Matrix, grad: &Matrix) -> (Matrix, Matrix) {
    let (mut of_gate, mut of_y, open) = (grad.clone(), grad.clone(), sigmoids(&gate.values));
    let pairs = y.values.iter().zip(&open);
    for ((of_gate, of_y), (y, open)) in of_gate.values.iter_mut().zip(&mut of_y.values).zip(pairs) {
        *of_gate *= y * open * (1.0 - open);
        *of_y *= open;
    }
    (of_gate, of_y)
}

/// What is dropped of values (Srivastava and others 2014).
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// Of 256 values so many go.
    dropped: u8,
    seed: u64,
}

impl Dropout {
    pub fn new(part: f64, seed: u64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of 256 below 231")]
        let dropped = (part * 256.0).round() as u8;
        Self { dropped, seed }
    }

    /// Drops values and makes up for them. Which ones follows from the seed and a number, so that it is the same for derivatives.
    pub fn apply(self, values: &mut [f32], number: u64) {
        if self.dropped == 0 {
            return;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed.wrapping_add(number));
        let scale = 256.0 / f32::from(256 - u16::from(self.dropped));
        let mut chances = [0_u8; 256];
        for values in values.chunks_mut(chances.len()) {
            rng.fill_bytes(&mut chances);
            for (value, chance) in values.iter_mut().zip(chances) {
                *value *= if chance < self.dropped { 0.0 } else { scale };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_made_up_for_and_the_same_for_a_seed() {
        let dropped = |number| {
            let mut values = vec![1.0_f32; 100_000];
            Dropout::new(0.25, 3).apply(&mut values, number);
            values
        };
        assert_eq!(dropped(1), dropped(1));
        assert_ne!(dropped(1), dropped(2));
        let mean = dropped(1).iter().map(|value| f64::from(*value)).sum::<f64>() / 1e5;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
    }
}
