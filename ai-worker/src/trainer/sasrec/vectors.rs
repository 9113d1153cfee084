//! Loops that the compiler can make instructions of that do many values at once, with AVX2 where the machine has it.

use pulp::NullaryFnOnce;

/// eˣ to some 10⁻⁷, without a branch, so that the compiler does many at once: 2ⁿ by the bits of the number, the rest by a
/// polynomial (the Taylor series of 2ᶠ for |f| ≤ ½). Below −87 it is next to 0.
// What is not inlined is not compiled for the loop's instructions.
#[inline(always)]
pub fn exp(value: f32) -> f32 {
    const LARGEST: f32 = 88.0;
    // Added and taken away again it leaves the nearest integer.
    const ROUND: f32 = 12_582_912.0;
    let powers = value.clamp(-87.0, LARGEST) * std::f32::consts::LOG2_E;
    let shifted = powers + ROUND;
    let part = (powers - (shifted - ROUND)) * std::f32::consts::LN_2;
    let terms = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let rest = terms.iter().fold(0.0_f32, |sum, term| sum * part + term);
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    let whole = f32::from_bits(exponent);
    if value.is_nan() { f32::NAN } else { whole * rest }
}

/// Runs a loop compiled for the machine's instructions; what it computes is the same.
fn widely<L: NullaryFnOnce>(run: L) -> L::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(run);
    }
    run.call()
}

/// Makes each value `exp((value − less)·scale)`, and returns their sum.
pub fn to_exps(values: &mut [f32], less: f32, scale: f32) -> f32 {
    widely(Exps { values, less, scale })
}

struct Exps<'a> {
    values: &'a mut [f32],
    less: f32,
    scale: f32,
}

#[expect(clippy::inline_always, reason = "what is not inlined is not compiled for these instructions")]
impl NullaryFnOnce for Exps<'_> {
    type Output = f32;

    #[inline(always)]
    fn call(self) -> f32 {
        for value in &mut *self.values {
            *value = exp((*value - self.less) * self.scale);
        }
        sum_of(self.values, |value| value)
    }
}

/// 1 ⁄ (1 + exp(−value)) of each.
pub fn sigmoids(values: &[f32]) -> Vec<f32> {
    let mut out = values.to_vec();
    widely(Sigmoids(&mut out));
    out
}

struct Sigmoids<'a>(&'a mut [f32]);

#[expect(clippy::inline_always, reason = "what is not inlined is not compiled for these instructions")]
impl NullaryFnOnce for Sigmoids<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for value in self.0 {
            *value = (1.0 + exp(-*value)).recip();
        }
    }
}

/// The sum of a function of values, in eight sums side by side, which the compiler can do at once.
pub fn sum_of(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, value)| *sum += of(*value));
    }
    sums.iter().sum::<f32>() + rest.iter().map(|value| of(*value)).sum::<f32>()
}

/// The largest value, likewise.
pub fn largest(values: &[f32]) -> f32 {
    let larger = |one: f32, other: f32| if other > one { other } else { one };
    let (chunks, rest) = values.as_chunks::<8>();
    let mut largest = [f32::NEG_INFINITY; 8];
    for chunk in chunks {
        largest.iter_mut().zip(chunk).for_each(|(one, other)| *one = larger(*one, *other));
    }
    largest.into_iter().chain(rest.iter().copied()).fold(f32::NEG_INFINITY, larger)
}

/// Of two vectors of a length, likewise.
pub fn product(one: &[f32], other: &[f32]) -> f32 {
    let (ones, rest) = one.as_chunks::<8>();
    let (others, other_rest) = other.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (one, other) in ones.iter().zip(others) {
        sums.iter_mut().zip(one.iter().zip(other)).for_each(|(sum, (one, other))| *sum += one * other);
    }
    sums.iter().sum::<f32>() + rest.iter().zip(other_rest).map(|(one, other)| one * other).sum::<f32>()
}

#[expect(clippy::cast_precision_loss, reason = "the width of a row")]
pub fn as_float(count: usize) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for step in -870..=880_i16 {
            let value = f32::from(step) / 10.0;
            assert!((exp(value) / value.exp() - 1.0).abs() < 1e-5, "{value}: {} {}", exp(value), value.exp());
        }
        assert!(exp(-1e9) < 1e-30 && exp(f32::NAN).is_nan());
    }

    #[test]
    fn sums_and_largest_values_are_those_of_all_values() {
        let values: Vec<f32> = (0..19).map(|at| f32::from(at % 7_u8)).collect();
        assert!((sum_of(&values, |value| 2.0 * value) - 2.0 * values.iter().sum::<f32>()).abs() < 1e-4);
        assert!((product(&values, &values) - values.iter().map(|value| value * value).sum::<f32>()).abs() < 1e-3);
        assert!((largest(&values) - 6.0).abs() < f32::EPSILON && largest(&[]).is_infinite());
    }
}
