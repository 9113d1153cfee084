//! One web instance and what is known of it.

use std::{
    net::SocketAddr,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use crate::{
    config::{HealthConfig, PassiveConfig},
    measures::UpstreamMeasures,
};

/// Longest time that an instance is set aside, as a multiple of the first.
const LONGEST_EJECTION: u32 = 16;
/// An answer moves the average of latencies by one part in so many.
const SMOOTHING: i64 = 16;

/// Milliseconds of this process's life, from 1.
pub fn now_ms() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
}

/// A web instance. All of its state is atomic: requests, checks and the admin page look at it at the same time.
#[derive(Debug)]
pub struct Upstream {
    pub address: SocketAddr,
    pub weight: u32,
    pub measures: UpstreamMeasures,
    draining: AtomicBool,
    in_flight: AtomicUsize,
    /// Whether the last check found anybody there, be it one who is not ready.
    answers: AtomicBool,
    /// Whether active checks find it well, and how many in a row said otherwise.
    well: AtomicBool,
    against: AtomicU32,
    is_asked: AtomicBool,
    unasked_since_start: AtomicBool,
    /// When its slow start began; 0: it is past it.
    warming_since: AtomicU64,
    errors: AtomicU32,
    ejected_until: AtomicU64,
    ejections: AtomicU32,
    /// Moving average of the time to the first byte, in microseconds; 0: nothing known.
    latency_us: AtomicU64,
}

impl Upstream {
    /// `warm`: one that was there when the director started needs no slow start.
    pub fn new(address: SocketAddr, weight: u32, draining: bool, warm: bool) -> Arc<Self> {
        Arc::new(Self {
            address,
            weight,
            measures: UpstreamMeasures::new(address),
            draining: AtomicBool::new(draining),
            in_flight: AtomicUsize::new(0),
            answers: AtomicBool::new(false),
            well: AtomicBool::new(false),
            against: AtomicU32::new(0),
            is_asked: AtomicBool::new(false),
            unasked_since_start: AtomicBool::new(warm),
            warming_since: AtomicU64::new(0),
            errors: AtomicU32::new(0),
            ejected_until: AtomicU64::new(0),
            ejections: AtomicU32::new(0),
            latency_us: AtomicU64::new(0),
        })
    }

    pub fn is_well(&self) -> bool {
        self.well.load(Relaxed)
    }

    /// Whether it is there, even if it says that it is not ready.
    pub fn answers(&self) -> bool {
        self.answers.load(Relaxed)
    }

    pub fn set_answers(&self, answers: bool) {
        self.answers.store(answers, Relaxed);
    }

    pub fn is_draining(&self) -> bool {
        self.draining.load(Relaxed)
    }

    pub fn set_draining(&self, draining: bool) {
        self.draining.store(draining, Relaxed);
    }

    pub fn is_ejected(&self) -> bool {
        let until = self.ejected_until.load(Relaxed);
        until != 0 && until > now_ms()
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Relaxed)
    }

    /// Average time to the first byte.
    pub fn latency(&self) -> Duration {
        Duration::from_micros(self.latency_us.load(Relaxed))
    }

    /// The share of its requests that it gets, in parts of 65536: all of them, or fewer while it starts slowly.
    pub fn share(&self, slow_start: Duration) -> u32 {
        const ALL: u64 = 65_536;
        let since = self.warming_since.load(Relaxed);
        if since == 0 {
            return 65_536;
        }
        let (elapsed, whole) = (now_ms().saturating_sub(since), u64::try_from(slow_start.as_millis()).unwrap_or(1));
        if elapsed >= whole {
            self.warming_since.store(0, Relaxed);
            return 65_536;
        }
        // A twentieth at once, so that there is something to warm up with.
        u32::try_from((ALL / 20 + ALL * elapsed / whole.max(1)).min(ALL)).unwrap_or(65_536)
    }

    /// Whether it is not well, or the last check said otherwise than those before.
    pub fn is_in_doubt(&self) -> bool {
        !self.is_well() || self.against.load(Relaxed) > 0
    }

    /// Whether a check may begin: none is under way.
    pub fn begin_check(&self) -> bool {
        !self.is_asked.swap(true, Relaxed)
    }

    pub fn end_check(&self) {
        self.is_asked.store(false, Relaxed);
    }

    /// Takes an active check's answer in. Returns whether it changed anything.
    pub fn observe_check(&self, well: bool, config: &HealthConfig) -> bool {
        // The first answer decides by itself, and an instance that was there from the start needs no slow start.
        let from_the_start = self.unasked_since_start.swap(false, Relaxed);
        if well == self.is_well() {
            self.against.store(0, Relaxed);
            return false;
        }
        let against = self.against.fetch_add(1, Relaxed) + 1;
        let needed = match (well, from_the_start) {
            (true, true) => 1,
            (true, false) => config.healthy_after,
            (false, _) => config.unhealthy_after,
        };
        if against < needed {
            return false;
        }
        self.against.store(0, Relaxed);
        if well {
            self.warming_since.store(if from_the_start { 0 } else { now_ms() }, Relaxed);
            self.errors.store(0, Relaxed);
            self.ejected_until.store(0, Relaxed);
            self.latency_us.store(0, Relaxed);
        }
        self.well.store(well, Relaxed);
        true
    }

    /// A request was answered, the first byte after `latency`.
    pub fn observe_answer(&self, latency: Duration) {
        self.errors.store(0, Relaxed);
        let new = i64::try_from(latency.as_micros()).unwrap_or(i64::MAX).max(1);
        let old = i64::try_from(self.latency_us.load(Relaxed)).unwrap_or(0);
        let average = if old == 0 { new } else { old + (new - old) / SMOOTHING };
        self.latency_us.store(u64::try_from(average).unwrap_or(1), Relaxed);
    }

    /// A request failed for the instance's sake. Returns whether that set it aside.
    pub fn observe_failure(&self, config: &PassiveConfig) -> bool {
        let errors = self.errors.fetch_add(1, Relaxed) + 1;
        errors >= config.errors_in_a_row && !self.is_ejected() && self.eject(config)
    }

    /// Nobody took a connection: it is gone, whatever the last check said. Checks, which ask it more often now, tell when it
    /// is back; so it comes back as soon as it is there, however often it has gone. Returns whether it counted as well.
    pub fn observe_absence(&self) -> bool {
        self.answers.store(false, Relaxed);
        self.against.store(0, Relaxed);
        self.well.swap(false, Relaxed)
    }

    /// Sets it aside for a while. Returns whether it wasn't already.
    pub fn eject(&self, config: &PassiveConfig) -> bool {
        if self.is_ejected() {
            return false;
        }
        let times = self.ejections.fetch_add(1, Relaxed).min(LONGEST_EJECTION.ilog2());
        self.errors.store(0, Relaxed);
        self.latency_us.store(0, Relaxed);
        self.ejected_until.store(now_ms() + config.eject_ms * (1 << times), Relaxed);
        self.measures.ejections.increment(1);
        true
    }

    /// Forgets old ejections of one that has been well for long.
    pub fn forgive(&self) {
        if !self.is_ejected() && self.is_well() {
            let _ = self.ejections.fetch_update(Relaxed, Relaxed, |times| times.checked_sub(1));
        }
    }
}

/// A request that an instance has; counted until dropped.
#[derive(Debug)]
pub struct InFlight(Arc<Upstream>);

impl InFlight {
    pub fn new(upstream: &Arc<Upstream>) -> Self {
        upstream.in_flight.fetch_add(1, Relaxed);
        Self(Arc::clone(upstream))
    }

    pub fn upstream(&self) -> &Arc<Upstream> {
        &self.0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream(warm: bool) -> Arc<Upstream> {
        Upstream::new("127.0.0.1:1".parse().unwrap(), 1, false, warm)
    }

    #[test]
    fn checks_in_a_row_decide_and_one_of_the_start_decides_at_once() {
        let config = HealthConfig { unhealthy_after: 2, healthy_after: 2, ..HealthConfig::default() };
        let early = upstream(true);
        assert!(early.observe_check(true, &config) && early.is_well());
        assert!(!early.observe_check(false, &config) && early.is_well());
        assert!(!early.observe_check(true, &config));
        assert!(!early.observe_check(false, &config) && early.observe_check(false, &config) && !early.is_well());
        let late = upstream(false);
        assert!(!late.observe_check(true, &config) && late.observe_check(true, &config) && late.is_well());
    }

    #[test]
    fn one_that_was_gone_is_back_when_checks_say_so_however_often_it_went() {
        let config = HealthConfig { healthy_after: 2, ..HealthConfig::default() };
        let passive = PassiveConfig { errors_in_a_row: 1, eject_ms: 60_000, ..PassiveConfig::default() };
        let one = upstream(true);
        one.observe_check(true, &config);
        for _ in 0..10 {
            // Requests that it had fail, then nobody is there.
            assert!(one.observe_failure(&passive) && one.is_ejected());
            assert!(one.observe_absence() && !one.observe_absence());
            assert!(!one.is_well() && !one.answers());
            assert!(!one.observe_check(true, &config), "one good answer may be of before");
            assert!(one.observe_check(true, &config));
            assert!(one.is_well() && !one.is_ejected());
        }
    }

    #[test]
    fn one_that_comes_later_starts_slowly() {
        let config = HealthConfig { healthy_after: 1, ..HealthConfig::default() };
        let (early, late) = (upstream(true), upstream(false));
        early.observe_check(true, &config);
        late.observe_check(true, &config);
        let hour = Duration::from_hours(1);
        assert_eq!(early.share(hour), 65_536);
        assert!((3000..4000).contains(&late.share(hour)), "{}", late.share(hour));
        assert_eq!(late.share(Duration::ZERO), 65_536);
    }

    #[test]
    fn failures_in_a_row_set_aside_but_not_those_between_answers() {
        let config = PassiveConfig { errors_in_a_row: 3, eject_ms: 60_000, ..PassiveConfig::default() };
        let one = upstream(true);
        for _ in 0..10 {
            assert!(!one.observe_failure(&config) && !one.observe_failure(&config));
            one.observe_answer(Duration::from_millis(1));
        }
        assert!(!one.observe_failure(&config) && !one.observe_failure(&config) && one.observe_failure(&config));
        assert!(one.is_ejected());
    }
}
