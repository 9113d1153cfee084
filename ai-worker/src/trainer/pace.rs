//! How long the rest takes.

use std::time::{Duration, Instant};

use super::{Chosen, Progress};

/// Hears of progress, and tells how much time choosing settings still takes: each fit as long as the one before.
#[derive(Debug, Default)]
pub struct Pace {
    /// What is being chosen, and since when the present fit goes on.
    now: Option<(Chosen, Instant)>,
}

impl Pace {
    /// The time for all fits that are left of this part at most; none where no fit has ended yet, or none is tried.
    pub fn left(&mut self, progress: Progress, at: Instant) -> Option<Duration> {
        let Progress::Choosing { of, fit, most } = progress else {
            self.now = None;
            return None;
        };
        let before = self.now.replace((of, at)).filter(|(before, _)| *before == of);
        let (_, since) = before?;
        Some((at - since) * (most.saturating_sub(fit) + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_the_fits_is_expected_to_take_as_long_each_as_the_last_one() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        let taste = |fit| Progress::Choosing { of: Chosen::Taste, fit, most: 20 };
        let another = Progress::Choosing { of: Chosen::Stars, fit: 1, most: 12 };
        assert_eq!(pace.left(Progress::Reading { done: 1, total: 1 }, start), None);
        assert_eq!(pace.left(taste(1), after(5)), None);
        assert_eq!(pace.left(taste(2), after(15)), Some(Duration::from_secs(190)));
        assert_eq!(pace.left(taste(20), after(35)), Some(Duration::from_secs(20)));
        assert_eq!(pace.left(another, after(50)), None, "another part, whose fits take another time");
        assert_eq!(pace.left(Progress::Fitting, after(60)), None);
    }
}
