//! How often one address may change anything, and try to sign in.
//!
//! Of each address one moment is kept: when all that it sent would have been due, had it come evenly (the "generic cell rate
//! algorithm", ITU-T I.371, annex A). As long as that is less than a minute ahead, it may send. Addresses are in a cache of
//! bounded size, so a flood from many costs no memory; each instance counts for itself. IPv6 is counted by /64 networks,
//! for whoever has one address has the whole of it.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use matinee_domain::Timestamp;
use matinee_services::{ports::Clock, provenance::Provenance, security_log};
use moka::sync::Cache;

use super::{
    address,
    problem::{Problem, wants_page},
    telemetry::route_of,
};
use crate::{
    config::{Config, LimitsConfig, Network},
    oauth, pages,
    state::AppState,
};

/// Addresses that are remembered.
const REMEMBERED: u64 = 100_000;

/// Paths of ways in: each try costs the server a hash, and may be a guess.
const WAYS_IN: [&str; 9] = [
    "/api/v1/session",
    "/api/v1/accounts",
    "/api/ui/sign-in",
    "/api/ui/register",
    "/sign-in/code",
    "/sign-in/code/passkey",
    "/sign-in/passkey",
    "/sign-in/forgot",
    "/sign-in/reset",
];

/// Where providers send people back to, below `/sign-in/with/{provider}`.
const WAY_BACK: &str = "/callback";

/// The rates of an instance.
#[derive(Clone)]
pub struct Rates {
    changes: Rate,
    sign_ins: Rate,
    /// Addresses whose refusal was logged lately: a flood of requests is none of lines.
    told: Cache<IpAddr, ()>,
    trusted: Arc<[Network]>,
    state: AppState,
}

impl Rates {
    pub fn new(config: &Config, clock: &Arc<dyn Clock>, state: AppState) -> Self {
        let LimitsConfig { changes_per_minute, sign_ins_per_minute, .. } = config.limits;
        Self {
            changes: Rate::new(changes_per_minute, Arc::clone(clock)),
            sign_ins: Rate::new(sign_ins_per_minute, Arc::clone(clock)),
            told: Cache::builder().max_capacity(REMEMBERED).time_to_live(Duration::from_mins(1)).build(),
            trusted: config.server.trusted_proxies.clone().into(),
            state,
        }
    }
}

/// Refuses what comes too often.
pub async fn limit(State(rates): State<Rates>, request: Request, next: Next) -> Response {
    let from = address::of(&request, &rates.trusted);
    // Waits after wrong passwords depend on it, and the log of what was refused names it.
    let provenance = Provenance { from, ..Provenance::current() };
    match kind_of(&request) {
        None => provenance.scope(next.run(request)).await,
        Some(kind) => provenance.scope(limit_from(from, kind, rates, request, next)).await,
    }
}

/// What a request counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    SignIn,
    Change,
}

/// None for what only reads.
fn kind_of(request: &Request) -> Option<Kind> {
    let path = request.uri().path();
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        // Going to a provider keeps an attempt, and asks the provider where that is. Who comes back was counted as they went: it is the
        // database that is spared.
        let way = path.strip_prefix("/sign-in/with/")?;
        if way.ends_with(WAY_BACK) {
            return Some(Kind::Change);
        }
        // Another site could use up somebody's tries; what it leads to writes nothing.
        return (!oauth::is_led_by_another_site(request.headers())).then_some(Kind::SignIn);
    }
    if matches!(*request.method(), Method::OPTIONS | Method::TRACE) {
        return None;
    }
    // Signing out is no way in.
    let is_way_in = WAYS_IN.contains(&path) && request.method() == Method::POST;
    Some(if is_way_in { Kind::SignIn } else { Kind::Change })
}

async fn limit_from(from: Option<IpAddr>, kind: Kind, rates: Rates, request: Request, next: Next) -> Response {
    let Some(from) = from.filter(|address| !address.is_loopback()) else {
        return next.run(request).await;
    };
    let is_way_in = kind == Kind::SignIn;
    let too_early = is_way_in.then(|| rates.sign_ins.take(from)).flatten().or_else(|| rates.changes.take(from));
    let Some(wait) = too_early else { return next.run(request).await };
    metrics::counter!("matinee_rate_limited_total", "kind" => if is_way_in { "sign_in" } else { "change" })
        .increment(1);
    if rates.told.get(&network_of(from)).is_none() {
        rates.told.insert(network_of(from), ());
        security_log::request_refused("too_often", route_of(&request));
    }
    // Rounded up: who comes back then is not refused again.
    let seconds = u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(60).max(1);
    let mut response = if wants_page(request.headers()) {
        pages::draw_status(rates.state, request, StatusCode::TOO_MANY_REQUESTS).await
    } else {
        let detail = format!("too many requests from your address: try again in {seconds} s; nothing was changed");
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-often", "Too often", detail).into_response()
    };
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}

/// So many a minute from each address.
#[derive(Clone)]
struct Rate {
    /// 0 sets no limit.
    per_minute: u32,
    /// When all that an address sent would have been due.
    due: Cache<IpAddr, Arc<Mutex<Timestamp>>>,
    clock: Arc<dyn Clock>,
}

impl Rate {
    fn new(per_minute: u32, clock: Arc<dyn Clock>) -> Self {
        let due = Cache::builder().max_capacity(REMEMBERED).time_to_idle(Duration::from_mins(2)).build();
        Self { per_minute, due, clock }
    }

    /// Counts one; how long to wait where that is one too many.
    fn take(&self, address: IpAddr) -> Option<Duration> {
        if self.per_minute == 0 {
            return None;
        }
        let now = self.clock.now();
        let minute = TimeDelta::minutes(1);
        let each = minute / i32::try_from(self.per_minute).unwrap_or(i32::MAX);
        let kept = self.due.get_with(network_of(address), || Arc::new(Mutex::new(now)));
        let mut due = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let after = (*due).max(now) + each;
        let over = after - now - minute;
        if over > TimeDelta::zero() {
            return over.to_std().ok();
        }
        *due = after;
        None
    }
}

/// The address itself, or the /64 network of an IPv6 one.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Standing(Mutex<Timestamp>);

    impl Clock for Standing {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    #[test]
    fn an_address_may_send_so_many_a_minute_and_others_are_not_held_up() {
        let clock = Arc::new(Standing(Mutex::new(Timestamp::UNIX_EPOCH)));
        let rate = Rate::new(6, Arc::clone(&clock) as _);
        let (one, other) = ("203.0.113.1".parse().unwrap(), "203.0.113.2".parse().unwrap());
        assert!((0..6).all(|_| rate.take(one).is_none()));
        assert_eq!(rate.take(one), Some(Duration::from_secs(10)));
        assert_eq!(rate.take(other), None);
        *clock.0.lock().unwrap() += TimeDelta::seconds(10);
        assert_eq!(rate.take(one), None);
        assert!(rate.take(one).is_some());
        assert_eq!(Rate::new(0, clock).take(one), None);
    }

    #[test]
    fn a_whole_network_of_ipv6_is_one() {
        let network = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:ffff:ffff:ffff"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
    }
}
