//! The circuit breaker of one worker.
//!
//! Closed, it lets everything through. It opens after failures in a row; then it lets one request through after each
//! rest, and each that fails doubles the rest. Whatever succeeds closes it.

use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    Open,
    /// One request may find out whether the worker is well again.
    MayTry,
    Closed,
}

#[derive(Debug)]
pub struct Breaker {
    failures: u32,
    /// When it is open: until when, and how long it rests.
    opened: Option<(Instant, Duration)>,
    threshold: u32,
    rest: Duration,
    max_rest: Duration,
}

impl Breaker {
    pub fn new(threshold: u32, rest: Duration, max_rest: Duration) -> Self {
        Self { failures: 0, opened: None, threshold: threshold.max(1), rest, max_rest }
    }

    pub fn admission(&self, now: Instant) -> Admission {
        match self.opened {
            None => Admission::Closed,
            Some((until, _)) if now >= until => Admission::MayTry,
            Some(_) => Admission::Open,
        }
    }

    /// The one request after a rest is on its way; the next may go after another rest.
    pub fn trying(&mut self, now: Instant) {
        if let Some((until, rest)) = &mut self.opened {
            *until = now + *rest;
        }
    }

    pub fn succeeded(&mut self) {
        self.failures = 0;
        self.opened = None;
    }

    /// A failure that may be chance; returns whether the breaker opened by it.
    pub fn failed(&mut self, now: Instant) -> bool {
        self.failures = self.failures.saturating_add(1);
        self.failures >= self.threshold && self.open(now)
    }

    /// A failure that says that nobody is there; returns whether the breaker opened by it.
    pub fn open(&mut self, now: Instant) -> bool {
        let (rest, is_new) = match self.opened {
            // Requests that were on their way together fail together: that is one failure.
            Some((until, _)) if now < until => return false,
            Some((_, rest)) => ((rest * 2).min(self.max_rest), false),
            None => (self.rest, true),
        };
        self.opened = Some((now + rest, rest));
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn it_opens_after_failures_in_a_row_and_one_request_after_each_rest_tries_again() {
        let mut breaker = Breaker::new(3, SECOND, 3 * SECOND);
        let now = Instant::now();
        assert!(!breaker.failed(now) && !breaker.failed(now));
        breaker.succeeded();
        assert!(!breaker.failed(now) && !breaker.failed(now));
        assert_eq!(breaker.admission(now), Admission::Closed);
        assert!(breaker.failed(now));
        assert_eq!(breaker.admission(now), Admission::Open);
        let later = now + SECOND;
        assert_eq!(breaker.admission(later), Admission::MayTry);
        breaker.trying(later);
        assert_eq!(breaker.admission(later), Admission::Open);
        breaker.succeeded();
        assert_eq!(breaker.admission(later), Admission::Closed);
    }

    #[test]
    fn a_rest_doubles_up_to_its_limit_and_failures_together_count_once() {
        let mut breaker = Breaker::new(3, SECOND, 3 * SECOND);
        let mut now = Instant::now();
        assert!(breaker.open(now) && !breaker.open(now));
        for seconds in [1, 2, 3, 3] {
            now += SECOND / 2 * (2 * seconds - 1);
            assert_eq!(breaker.admission(now), Admission::Open);
            now += SECOND / 2;
            assert_eq!(breaker.admission(now), Admission::MayTry);
            assert!(!breaker.open(now));
        }
    }
}
