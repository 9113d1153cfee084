//! Chance that is the same every time.

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and good enough for made-up data.
pub struct Random(u64);

impl Random {
    /// A stream of its own for each thing that is drawn, so that sizes don't change each other.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(mix(seed ^ mix(stream)))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Below `limit`, which is at least 1.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// From 0 up to 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal, mean 0, deviation 1: the sum of twelve.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Ranks of 1 to `n` whose share falls with `(rank + shift)^-exponent` (Zipf and Mandelbrot), by inverting the integral.
#[derive(Clone, Copy)]
pub struct Zipf {
    n: u64,
    exponent: f64,
    shift: f64,
}

impl Zipf {
    pub fn new(n: u64, exponent: f64, shift: f64) -> Self {
        Self { n, exponent, shift }
    }

    fn integral(&self, x: f64) -> f64 {
        (x + self.shift).powf(1.0 - self.exponent) / (1.0 - self.exponent)
    }

    /// The share of the ranks up to this one, 0–1.
    pub fn share_up_to(&self, rank: u64) -> f64 {
        let from = self.integral(0.5);
        (self.integral(rank as f64 + 0.5) - from) / (self.integral(self.n as f64 + 0.5) - from)
    }

    pub fn draw(&self, random: &mut Random) -> u64 {
        let (from, to) = (self.integral(0.5), self.integral(self.n as f64 + 0.5));
        let area = from + random.share() * (to - from);
        let x = (area * (1.0 - self.exponent)).powf(1.0 / (1.0 - self.exponent)) - self.shift;
        (x.round() as u64).clamp(1, self.n)
    }
}

/// 1 to `n` in an order that looks like none, without a table of it: `i → (a · i + b) mod n`.
#[derive(Clone, Copy)]
pub struct Shuffled {
    n: u64,
    factor: u64,
    offset: u64,
}

impl Shuffled {
    pub fn new(n: u64, random: &mut Random) -> Self {
        let mut factor = (n as f64 * 0.618) as u64 | 1;
        while divisor(factor, n) != 1 {
            factor += 2;
        }
        Self { n, factor, offset: random.below(n) }
    }

    /// The number at this place, both from 1.
    pub fn at(&self, place: u64) -> u64 {
        ((u128::from(self.factor) * u128::from(place - 1) + u128::from(self.offset)) % u128::from(self.n)) as u64 + 1
    }
}

fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn shuffled_numbers_are_all_there_once() {
        for n in [1, 2, 10, 977, 20_000] {
            let shuffled = Shuffled::new(n, &mut Random::new(7, 0));
            let all: HashSet<u64> = (1..=n).map(|place| shuffled.at(place)).collect();
            assert_eq!((all.len() as u64, all.iter().max()), (n, Some(&n)));
        }
    }

    #[test]
    fn draws_fall_off_as_their_shares_say_and_are_the_same_for_a_seed() {
        let zipf = Zipf::new(1_000, 1.1, 30.0);
        let draw = || {
            let mut random = Random::new(1, 1);
            (0..100_000).map(|_| zipf.draw(&mut random)).collect::<Vec<_>>()
        };
        let drawn = draw();
        assert_eq!(drawn, draw());
        for rank in [1, 10, 100, 1_000] {
            let share = drawn.iter().filter(|drawn| **drawn <= rank).count() as f64 / 100_000.0;
            assert!((share - zipf.share_up_to(rank)).abs() < 0.01, "{rank}: {share}");
        }
    }
}
