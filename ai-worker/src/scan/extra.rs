//! What is added to films' scores.

use super::kernel::BLOCK;

/// A value for each film, and of each block of them the least and the largest.
#[derive(Clone, Debug)]
pub struct Extra {
    values: Vec<f32>,
    spans: Vec<(f32, f32)>,
    /// The farthest from zero.
    farthest: f32,
}

impl Extra {
    /// Of values in the order of the films' rows, all of them numbers.
    pub fn new(values: Vec<f32>) -> Self {
        let span = |block: &[f32]| {
            let outwards = |(least, most): (f32, f32), value: &f32| (least.min(*value), most.max(*value));
            block.iter().fold((f32::INFINITY, f32::NEG_INFINITY), outwards)
        };
        let spans = values.chunks(BLOCK).map(span).collect();
        let farthest = values.iter().fold(0.0_f32, |farthest, value| farthest.max(value.abs()));
        Self { values, spans, farthest }
    }

    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// What adding one of them, times `weight`, may lose of a score in 32 bits.
    pub(super) fn lost(&self, weight: f32) -> f32 {
        self.farthest * weight.abs() * 4.0 * f32::EPSILON
    }

    /// The most that a film of this block has, times `weight`.
    pub(super) fn most(&self, block: usize, weight: f32) -> f32 {
        let (least, most) = self.spans[block];
        (weight * least).max(weight * most)
    }
}
