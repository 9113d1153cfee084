//! How long answers take: the 95th percentile of the last ones, and how many second requests that allows.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Answers that are remembered.
const REMEMBERED: usize = 256;
/// The percentile is taken anew after so many.
const RENEWED_EVERY: usize = 16;
/// A second request may be sent for one request in so many, on the whole; so many may be sent at once.
const REQUESTS_PER_HEDGE: u64 = 10;
const MAX_HEDGES: u64 = 20;

/// Of each kind of question by itself: an answer that is remembered takes a tenth of one that is computed, and by one percentile of both a
/// second worker would be asked for nearly all of the slower kind.
#[derive(Debug)]
pub struct Latencies {
    kinds: [(&'static str, Latency); 5],
    /// Of all other kinds.
    others: Latency,
}

impl Latencies {
    /// Of the kinds with these paths, and of all others.
    pub fn of_kinds(paths: [&'static str; 5]) -> Self {
        Self { kinds: paths.map(|path| (path, Latency::default())), others: Latency::default() }
    }

    pub fn of(&self, path: &str) -> &Latency {
        self.kinds.iter().find(|(kind, _)| *kind == path).map_or(&self.others, |(_, latency)| latency)
    }
}

#[derive(Debug)]
pub struct Latency {
    last: Mutex<Ring>,
    /// 0: not known yet.
    p95_us: AtomicU64,
    /// In tenths of a second request.
    allowed: AtomicU64,
}

#[derive(Debug, Default)]
struct Ring {
    micros: Vec<u64>,
    next: usize,
}

impl Default for Latency {
    fn default() -> Self {
        let allowed = AtomicU64::new(MAX_HEDGES * REQUESTS_PER_HEDGE);
        Self { last: Mutex::default(), p95_us: AtomicU64::new(0), allowed }
    }
}

impl Latency {
    /// Remembers how long an answer took; of one that was no longer waited for, how long it was.
    pub fn record(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut ring = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let at = ring.next;
        if ring.micros.len() < REMEMBERED {
            ring.micros.push(micros);
        } else {
            ring.micros[at] = micros;
        }
        ring.next = (at + 1) % REMEMBERED;
        if ring.next.is_multiple_of(RENEWED_EVERY) {
            let mut sorted = ring.micros.clone();
            let place = (sorted.len() * 95 / 100).min(sorted.len() - 1);
            let (_, p95, _) = sorted.select_nth_unstable(place);
            self.p95_us.store(*p95, Ordering::Relaxed);
        }
    }

    /// `None` as long as too few answers were seen.
    pub fn p95(&self) -> Option<Duration> {
        match self.p95_us.load(Ordering::Relaxed) {
            0 => None,
            micros => Some(Duration::from_micros(micros)),
        }
    }

    /// A request came: a tenth of a second request more may be sent.
    pub fn asked(&self) {
        let most = MAX_HEDGES * REQUESTS_PER_HEDGE;
        let more = |allowed: u64| (allowed < most).then_some(allowed + 1);
        // Full is full.
        let _ = self.allowed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }

    /// Takes the right to send a second request, if there is one: were all slow, twice the load would make them slower.
    pub fn may_hedge(&self) -> bool {
        let less = |allowed: u64| allowed.checked_sub(REQUESTS_PER_HEDGE);
        self.allowed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_follows_the_last_answers() {
        let latency = Latency::default();
        assert_eq!(latency.p95(), None);
        (1..=240).for_each(|millis| latency.record(Duration::from_millis(millis)));
        assert_eq!(latency.p95(), Some(Duration::from_millis(229)));
        (0..256).for_each(|_| latency.record(Duration::from_millis(2)));
        assert_eq!(latency.p95(), Some(Duration::from_millis(2)));
    }

    #[test]
    fn kinds_of_questions_are_measured_by_themselves() {
        let latencies = Latencies::of_kinds(["a", "b", "c", "d", "e"]);
        (0..16).for_each(|_| latencies.of("a").record(Duration::from_millis(1)));
        (0..16).for_each(|_| latencies.of("b").record(Duration::from_millis(9)));
        let p95 = |path| latencies.of(path).p95().map(|took| took.as_millis());
        assert_eq!(["a", "b", "c", "f"].map(p95), [Some(1), Some(9), None, None]);
    }

    #[test]
    fn second_requests_are_a_tenth_of_the_requests_at_most() {
        let latency = Latency::default();
        let at_once = (0..1_000).filter(|_| latency.may_hedge()).count();
        assert_eq!(at_once, 20);
        let hedged = (0..1_000)
            .filter(|_| {
                latency.asked();
                latency.may_hedge()
            })
            .count();
        assert_eq!(hedged, 100);
    }
}
