//! In which order workers are asked: round-robin, those that lately failed last.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// The order of asking.
pub struct Rotation {
    next: AtomicUsize,
    /// By worker: until when it is asked last.
    resting_until: Vec<Mutex<Option<Instant>>>,
    rest: Duration,
}

impl Rotation {
    pub fn new(workers: usize, rest: Duration) -> Self {
        Self { next: AtomicUsize::new(0), resting_until: (0..workers).map(|_| Mutex::new(None)).collect(), rest }
    }

    /// All workers, in the order in which to ask them at this moment.
    pub fn order(&self, now: Instant) -> Vec<usize> {
        let count = self.resting_until.len();
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let mut order: Vec<usize> = (0..count).map(|step| start.wrapping_add(step) % count).collect();
        order.sort_by_key(|&worker| self.is_resting(worker, now));
        order
    }

    /// Remembers that a worker could not be reached.
    pub fn failed(&self, worker: usize, now: Instant) {
        *self.resting_until[worker].lock().unwrap_or_else(PoisonError::into_inner) = Some(now + self.rest);
    }

    /// Remembers that a worker answered.
    pub fn answered(&self, worker: usize) {
        *self.resting_until[worker].lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn is_resting(&self, worker: usize, now: Instant) -> bool {
        self.resting_until[worker].lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_take_turns_and_one_that_failed_comes_last_until_it_rested() {
        let rotation = Rotation::new(3, Duration::from_secs(5));
        let now = Instant::now();
        assert_eq!(rotation.order(now), [0, 1, 2]);
        assert_eq!(rotation.order(now), [1, 2, 0]);
        rotation.failed(2, now);
        assert_eq!(rotation.order(now), [0, 1, 2]);
        assert_eq!(rotation.order(now), [0, 1, 2]);
        assert_eq!(rotation.order(now), [1, 0, 2]);
        let later = now + Duration::from_secs(6);
        assert_eq!(rotation.order(later), [2, 0, 1]);
        rotation.failed(0, later);
        rotation.answered(0);
        assert_eq!(rotation.order(later), [0, 1, 2]);
    }
}
