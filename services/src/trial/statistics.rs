//! What two proportions say: an interval for each, one for their difference, and how likely so large a difference is by chance.

/// The 97.5th percentile of the normal distribution: both sides together leave out 5 %.
const Z: f64 = 1.959_963_985;
/// The fewest that every cell of the table has to be expected to hold, for the test to be near enough (Cochran 1954).
const FEWEST_EXPECTED: f64 = 5.0;

/// Where a value lies with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub of: u64,
    pub part: u64,
}

impl Part {
    /// The proportion, 0–1; `None` of nothing.
    pub fn rate(self) -> Option<f64> {
        (self.of > 0).then(|| float(self.part.min(self.of)) / float(self.of))
    }

    /// Wilson's score interval (1927), which is right for small numbers and near 0 and 1, too; `None` of nothing:
    ///
    /// ```text
    /// (p + z²⁄2n ± z·√(p(1−p)⁄n + z²⁄4n²)) ⁄ (1 + z²⁄n)
    /// ```
    pub fn interval(self) -> Option<Interval> {
        let (rate, n) = (self.rate()?, float(self.of));
        let squared = Z * Z;
        let middle = rate + squared / (2.0 * n);
        let reach = Z * (rate * (1.0 - rate) / n + squared / (4.0 * n * n)).sqrt();
        let whole = 1.0 + squared / n;
        // Of none and of all the limit is exact, which rounding must not spoil.
        let low = if self.part == 0 { 0.0 } else { ((middle - reach) / whole).max(0.0) };
        let high = if self.part >= self.of { 1.0 } else { ((middle + reach) / whole).min(1.0) };
        Some(Interval { low, high })
    }
}

/// How far one proportion is from another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The second less the first, −1 to 1.
    pub value: f64,
    pub interval: Interval,
    /// How likely a difference at least so large is where there is none; `None` where there is too little to tell.
    pub p: Option<f64>,
}

/// The second proportion less the first, with the interval that both of Wilson's make (Newcombe 1998, method 10), and the
/// two-sided test of two proportions with the pooled variance. `None` where one of them is of nothing.
pub fn difference(first: Part, second: Part) -> Option<Difference> {
    let (from, to) = (first.rate()?, second.rate()?);
    let (around_from, around_to) = (first.interval()?, second.interval()?);
    let value = to - from;
    let below = ((to - around_to.low).powi(2) + (around_from.high - from).powi(2)).sqrt();
    let above = ((around_to.high - to).powi(2) + (from - around_from.low).powi(2)).sqrt();
    let interval = Interval { low: value - below, high: value + above };
    Some(Difference { value, interval, p: chance(first, second, value) })
}

fn chance(first: Part, second: Part, value: f64) -> Option<f64> {
    let (n, m) = (float(first.of), float(second.of));
    let pooled = float(first.part + second.part) / (n + m);
    if n.min(m) * pooled.min(1.0 - pooled) < FEWEST_EXPECTED {
        return None;
    }
    let z = value / (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    Some(libm::erfc(z.abs() / std::f64::consts::SQRT_2))
}

#[expect(clippy::cast_precision_loss, reason = "numbers of people and films")]
pub(super) const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 5e-5
    }

    #[test]
    fn intervals_are_those_of_the_papers() {
        // Newcombe (1998a), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (part, of, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let found = Part { of, part }.interval().unwrap();
            assert!(near(found.low, low) && near(found.high, high), "{part} of {of}: {found:?}");
        }
        // Newcombe (1998b), table II, method 10: 56/70 − 48/80, and 10/10 − 0/10.
        for (one, other, low, high) in [
            (Part { part: 48, of: 80 }, Part { part: 56, of: 70 }, 0.0524, 0.3339),
            (Part { part: 0, of: 10 }, Part { part: 10, of: 10 }, 0.6075, 1.0),
        ] {
            let found = difference(one, other).unwrap().interval;
            assert!(near(found.low, low) && near(found.high, high), "{found:?}");
        }
        assert_eq!(Part { of: 0, part: 0 }.interval(), None);
        assert_eq!(difference(Part { of: 0, part: 0 }, Part { of: 5, part: 1 }), None);
    }

    #[test]
    fn the_test_says_what_is_chance_and_nothing_where_there_is_too_little() {
        let p = |a, n, b, m| difference(Part { part: a, of: n }, Part { part: b, of: m }).unwrap().p;
        // z = 2.6502 for 48/80 and 56/70.
        assert!((p(48, 80, 56, 70).unwrap() - 0.00805).abs() < 1e-4, "{:?}", p(48, 80, 56, 70));
        assert!((p(50, 100, 50, 100).unwrap() - 1.0).abs() < 1e-9);
        assert_eq!(p(1, 10, 2, 10), None);
        assert_eq!(p(0, 1_000, 0, 1_000), None);
    }

    proptest! {
        #[test]
        fn a_proportion_lies_in_its_interval_and_a_difference_in_its_own(
            n in 1_u64..5_000, m in 1_u64..5_000, a in 0_u64..5_000, b in 0_u64..5_000,
        ) {
            let (one, other) = (Part { of: n, part: a.min(n) }, Part { of: m, part: b.min(m) });
            let (rate, interval) = (one.rate().unwrap(), one.interval().unwrap());
            prop_assert!((0.0..=1.0).contains(&interval.low) && interval.low <= rate && rate <= interval.high && interval.high <= 1.0);
            let (there, back) = (difference(one, other).unwrap(), difference(other, one).unwrap());
            prop_assert!(there.interval.low <= there.value && there.value <= there.interval.high);
            prop_assert!((there.interval.low + back.interval.high).abs() < 1e-9, "both ways the same");
            prop_assert!(there.p.is_none_or(|p| (0.0..=1.0).contains(&p)));
        }
    }
}
