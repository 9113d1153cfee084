//! One worker, as the pool sees it: how much it has to do, and whether it is well.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use matinee_services::{causes, ports::Shard};
use reqwest::Url;
use sha2::{Digest, Sha256};

use super::{
    PoolError, PoolOptions,
    breaker::{Admission, Breaker},
};

#[derive(Debug)]
pub struct Member {
    pub url: Url,
    /// Of its address, the same in every process.
    pub hash: u64,
    in_flight: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    breaker: Breaker,
    /// It said that it is overloaded until then.
    busy_until: Option<Instant>,
    part: Part,
}

/// The films that a worker ranks, as it said last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// It has not answered yet.
    #[default]
    Unknown,
    All,
    Of(Shard),
}

/// How willingly a worker is asked: the lower, the sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Its rest is over: one request finds out whether it is well.
    OnTrial,
    Well,
    Busy,
    LeftOut,
}

impl Member {
    /// # Errors
    /// When the address is none.
    pub fn new(address: &str, options: &PoolOptions) -> Result<Self, PoolError> {
        let url = parse_address(address)?;
        let digest = Sha256::digest(url.as_str());
        let hash = digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte));
        let breaker = Breaker::new(options.failures, options.rest, options.max_rest);
        Ok(Self {
            url,
            hash,
            in_flight: AtomicUsize::new(0),
            state: Mutex::new(State { breaker, busy_until: None, part: Part::Unknown }),
        })
    }

    /// The films that it ranks.
    pub fn part(&self) -> Part {
        self.state().part
    }

    /// It has said which films it ranks.
    pub fn learn(&self, part: Part) {
        let mut state = self.state();
        if state.part != part {
            if let Part::Of(shard) = part {
                tracing::info!(worker.url = %self.url, worker.shard = %shard, "an AI worker ranks a part of the films");
            }
            state.part = part;
        }
    }

    /// Requests that this pool waits for.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub fn standing(&self, now: Instant) -> Standing {
        let state = self.state();
        match state.breaker.admission(now) {
            Admission::Open => Standing::LeftOut,
            Admission::MayTry => Standing::OnTrial,
            Admission::Closed if state.busy_until.is_some_and(|until| now < until) => Standing::Busy,
            Admission::Closed => Standing::Well,
        }
    }

    /// A request is on its way, until what comes back is dropped.
    pub fn begin(self: &Arc<Self>, now: Instant) -> InFlight {
        self.state().breaker.trying(now);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(Arc::clone(self))
    }

    pub fn succeeded(&self) {
        let mut state = self.state();
        state.breaker.succeeded();
        state.busy_until = None;
    }

    /// It broke off, failed or was too slow.
    pub fn failed(&self, now: Instant) {
        let opened = self.state().breaker.failed(now);
        self.tell(opened, None);
    }

    /// Nobody is there, or somebody who serves nobody.
    pub fn gone(&self, now: Instant) {
        let opened = self.state().breaker.open(now);
        self.tell(opened, None);
    }

    /// No connection could be had: nobody is there, or by TLS somebody else.
    pub fn unreachable(&self, now: Instant, why: &reqwest::Error) {
        let opened = self.state().breaker.open(now);
        self.tell(opened, Some(why));
    }

    /// It answered that it has too much to do.
    pub fn busy(&self, until: Instant) {
        let mut state = self.state();
        state.breaker.succeeded();
        state.busy_until = Some(until);
    }

    /// It says that it is ready: what it could not do before, it can now.
    pub fn is_ready(&self) {
        let mut state = self.state();
        // Failures of requests count although it calls itself ready; only who was left out comes back by that.
        if state.breaker.admission(Instant::now()) != Admission::Closed {
            state.breaker.succeeded();
            tracing::info!(worker.url = %self.url, "AI worker is back");
        }
    }

    fn tell(&self, has_opened: bool, why: Option<&reqwest::Error>) {
        if has_opened {
            metrics::counter!("matinee_ai_pool_opened_total", "worker" => self.url.to_string()).increment(1);
            let error = why.map(|error| causes(error));
            tracing::warn!(worker.url = %self.url, error, "AI worker is left out until it answers again");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request on its way.
pub struct InFlight(pub Arc<Member>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// With a slash at the end, so that joining keeps a path such as `/ai`.
fn parse_address(address: &str) -> Result<Url, PoolError> {
    let failed = |reason: String| PoolError::Address { address: address.to_owned(), reason };
    let with_slash = format!("{}/", address.trim().trim_end_matches('/'));
    let url: Url = with_slash.parse().map_err(|error| failed(format!("{error}")))?;
    match (url.scheme(), url.host_str()) {
        ("http" | "https", Some(_)) => Ok(url),
        (scheme, _) => Err(failed(format!("it is `{scheme}`, neither http nor https"))),
    }
}

/// How long a busy worker is asked last: as it says, within reason.
pub fn busy_for(retry_after_ms: u64) -> Duration {
    Duration::from_millis(retry_after_ms.clamp(10, 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_address_is_kept() {
        let url = parse_address("http://host:1/ai").unwrap().join("v1/status").unwrap();
        assert_eq!(url.as_str(), "http://host:1/ai/v1/status");
    }

    #[test]
    fn a_worker_is_left_out_at_once_when_nobody_is_there_and_comes_back_when_it_is_ready() {
        let member = Arc::new(Member::new("http://host:1", &PoolOptions::default()).unwrap());
        let now = Instant::now();
        assert_eq!(member.standing(now), Standing::Well);
        member.gone(now);
        assert_eq!(member.standing(now), Standing::LeftOut);
        let later = now + Duration::from_secs(1);
        assert_eq!(member.standing(later), Standing::OnTrial);
        let flight = member.begin(later);
        assert_eq!((member.standing(later), member.in_flight()), (Standing::LeftOut, 1));
        drop(flight);
        member.is_ready();
        assert_eq!((member.standing(later), member.in_flight()), (Standing::Well, 0));
        member.busy(later + Duration::from_secs(1));
        assert_eq!(member.standing(later), Standing::Busy);
    }
}
