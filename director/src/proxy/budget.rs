//! How many requests may be tried again: a share of all, so that retries can't double the load of a sick system.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Retries that are always possible, in hundredths: those of a quiet hour.
const FLOOR: u64 = 10 * 100;
/// Credit past which none is saved, in hundredths.
const MOST: u64 = 100 * 100;

/// Credit for retries, in hundredths of one. Every request adds `percent`, every retry takes 100.
#[derive(Debug)]
pub struct Budget {
    credit: AtomicU64,
    percent: u64,
}

impl Budget {
    pub fn new(percent: u32) -> Self {
        Self { credit: AtomicU64::new(if percent == 0 { 0 } else { FLOOR }), percent: u64::from(percent) }
    }

    pub fn saw_request(&self) {
        if self.credit.load(Relaxed) < MOST {
            self.credit.fetch_add(self.percent, Relaxed);
        }
    }

    /// Whether there is a retry's worth left.
    pub fn is_left(&self) -> bool {
        self.credit.load(Relaxed) >= 100
    }

    /// Takes a retry's worth. Returns whether there was so much.
    pub fn take(&self) -> bool {
        self.credit.fetch_update(Relaxed, Relaxed, |credit| credit.checked_sub(100)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_a_share_of_requests() {
        let budget = Budget::new(20);
        while budget.take() {}
        for _ in 0..50 {
            budget.saw_request();
        }
        assert_eq!((0..50).filter(|_| budget.take()).count(), 10);
    }

    #[test]
    fn without_a_budget_nothing_is_tried_again() {
        let budget = Budget::new(0);
        budget.saw_request();
        assert!(!budget.take());
    }
}
