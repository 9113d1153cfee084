//! Who gets the next request.
//!
//! A session's requests go to one instance: Ketama's ring of points (Karger et al., consistent hashing) is walked from
//! the point of the session to the first instance that can take it. Instances that can't keep their points, so that only
//! their own sessions move. One that has many more open requests than the others passes the next on (bounded loads:
//! Mirrokni, Thorup, Zadimoghaddam 2016). Visitors without a session take turns.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use pingora_ketama::{Bucket, Continuum};

use super::{InFlight, Listed, Upstream};
use crate::config::BalanceConfig;

/// Points of the ring that are walked at most: more than enough to meet everybody.
const MOST_STEPS: usize = 20_000;

/// The instances that a request was sent to already.
#[derive(Debug, Default)]
pub struct Tried(Vec<SocketAddr>);

impl Tried {
    pub fn add(&mut self, address: SocketAddr) {
        self.0.push(address);
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn has(&self, address: SocketAddr) -> bool {
        self.0.contains(&address)
    }
}

/// A list of instances, made ready for choosing.
pub struct Fleet {
    upstreams: Vec<Arc<Upstream>>,
    by_address: HashMap<SocketAddr, usize>,
    ring: Continuum,
    /// Whose turn it is: each as often as its weight says.
    wheel: Vec<usize>,
    turn: AtomicUsize,
    load_factor: f64,
    load_floor: usize,
    slow_start: Duration,
}

impl std::fmt::Debug for Fleet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fleet").field("upstreams", &self.upstreams).finish_non_exhaustive()
    }
}

/// How much is asked of an instance.
#[derive(Clone, Copy, PartialEq)]
enum Wish {
    /// Well, not set aside, not too busy, past its slow start for this request.
    Good,
    /// Well and not on its way out.
    Well,
    /// Well, though it may be about to leave.
    Leaving,
    /// Well, though it was tried already.
    Again,
    /// Not well, but there: when nobody is ready (the database is gone), what instances can still tell is better than a
    /// page that tells nothing.
    There,
}

impl Fleet {
    /// A fleet of these; instances that were in `before` keep their state, others start slowly unless `before` is none.
    pub fn new(listed: &[Listed], before: Option<&Self>, config: &BalanceConfig) -> Self {
        let mut upstreams: Vec<Arc<Upstream>> = Vec::with_capacity(listed.len());
        let mut by_address = HashMap::new();
        for one in listed {
            if by_address.contains_key(&one.address) {
                continue;
            }
            let known = before.and_then(|fleet| fleet.find(one.address)).filter(|known| known.weight == one.weight);
            let upstream = known.map_or_else(
                || Upstream::new(one.address, one.weight, one.drain, before.is_none()),
                |known| {
                    known.set_draining(one.drain);
                    Arc::clone(known)
                },
            );
            by_address.insert(one.address, upstreams.len());
            upstreams.push(upstream);
        }
        let buckets: Vec<_> = upstreams.iter().map(|one| Bucket::new(one.address, one.weight)).collect();
        let rounds = upstreams.iter().map(|one| one.weight).max().unwrap_or(0);
        let wheel = (0..rounds)
            .flat_map(|round| upstreams.iter().enumerate().filter(move |(_, one)| one.weight > round).map(|(i, _)| i))
            .collect();
        Self {
            ring: Continuum::new(&buckets),
            by_address,
            wheel,
            turn: AtomicUsize::new(before.map_or(0, |fleet| fleet.turn.load(Relaxed))),
            upstreams,
            load_factor: config.load_factor,
            load_floor: config.load_floor,
            slow_start: config.slow_start(),
        }
    }

    pub fn upstreams(&self) -> &[Arc<Upstream>] {
        &self.upstreams
    }

    pub fn find(&self, address: SocketAddr) -> Option<&Arc<Upstream>> {
        self.by_address.get(&address).and_then(|index| self.upstreams.get(*index))
    }

    /// Whether anybody can be asked.
    pub fn is_up(&self) -> bool {
        self.upstreams.iter().any(|one| one.is_well())
    }

    /// The instance for a request of the session `key` (none: a visitor), or nothing when nobody is well.
    pub fn choose(&self, key: Option<&[u8]>, tried: &Tried) -> Option<InFlight> {
        let bound = self.bound();
        let turn = if key.is_none() { self.turn.fetch_add(1, Relaxed) } else { 0 };
        let lot = key.map_or_else(|| lot_of(&turn.to_le_bytes()), lot_of);
        for wish in [Wish::Good, Wish::Well, Wish::Leaving, Wish::Again, Wish::There] {
            let fits = |one: &Arc<Upstream>| self.fits(one, wish, tried, bound, lot);
            let found = match key {
                Some(key) => self.walk(key).find(|one| fits(one)),
                None => self.take_turns(turn).find(|one| fits(one)),
            };
            if let Some(upstream) = found {
                return Some(InFlight::new(upstream));
            }
        }
        None
    }

    fn fits(&self, one: &Upstream, wish: Wish, tried: &Tried, bound: usize, lot: u32) -> bool {
        if wish == Wish::There {
            return one.answers() && !tried.has(one.address);
        }
        one.is_well()
            && (wish == Wish::Again || !tried.has(one.address))
            && (matches!(wish, Wish::Leaving | Wish::Again) || !one.is_draining())
            && (wish != Wish::Good
                || !one.is_ejected()
                    && one.in_flight() < bound.saturating_mul(one.weight as usize)
                    && lot < one.share(self.slow_start))
    }

    /// Open requests past which an instance of weight 1 is too busy.
    fn bound(&self) -> usize {
        let (mut open, mut weights) = (1, 0_usize);
        for one in &self.upstreams {
            open += one.in_flight();
            if one.is_well() && !one.is_draining() {
                weights += one.weight as usize;
            }
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts of open requests are small and positive"
        )]
        let bound = (self.load_factor * open as f64 / weights.max(1) as f64).ceil() as usize;
        bound.max(self.load_floor)
    }

    /// Everybody, in the order of the ring from the session's point on.
    fn walk<'a>(&'a self, key: &'a [u8]) -> impl Iterator<Item = &'a Arc<Upstream>> {
        let mut met = vec![false; self.upstreams.len()];
        let mut left = met.len();
        let steps = if left == 0 { 0 } else { MOST_STEPS };
        let mut nodes = self.ring.node_iter(key).take(steps);
        std::iter::from_fn(move || {
            while left > 0 {
                let index = *self.by_address.get(nodes.next()?)?;
                if !std::mem::replace(met.get_mut(index)?, true) {
                    left -= 1;
                    return self.upstreams.get(index);
                }
            }
            None
        })
    }

    fn take_turns(&self, turn: usize) -> impl Iterator<Item = &Arc<Upstream>> {
        let length = self.wheel.len();
        (0..length)
            .filter_map(move |step| self.wheel.get((turn % length + step) % length))
            .filter_map(|index| self.upstreams.get(*index))
    }
}

/// A number from 0 to 65535 that belongs to these bytes (FNV-1a, folded): which requests an instance in its slow start takes.
fn lot_of(bytes: &[u8]) -> u32 {
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    (hash ^ (hash >> 16)) & 0xffff
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HealthConfig;

    fn listed(ports: impl IntoIterator<Item = u16>) -> Vec<Listed> {
        ports.into_iter().map(|port| Listed::new(SocketAddr::from(([10, 0, 0, 1], port)))).collect()
    }

    fn fleet(ports: impl IntoIterator<Item = u16>) -> Fleet {
        let fleet = Fleet::new(&listed(ports), None, &BalanceConfig::default());
        for one in fleet.upstreams() {
            one.observe_check(true, &HealthConfig::default());
        }
        fleet
    }

    fn port(fleet: &Fleet, key: &str) -> u16 {
        fleet.choose(Some(key.as_bytes()), &Tried::default()).unwrap().upstream().address.port()
    }

    fn keys() -> Vec<String> {
        (0..4000).map(|n| format!("session-{n}")).collect()
    }

    fn make_unwell(fleet: &Fleet, port: u16) {
        let one = fleet.upstreams().iter().find(|one| one.address.port() == port).unwrap();
        let config = HealthConfig { unhealthy_after: 1, ..HealthConfig::default() };
        assert!(one.observe_check(false, &config));
    }

    #[test]
    fn a_session_stays_and_two_directors_agree() {
        let (one, other) = (fleet(1..=4), fleet([3, 1, 4, 2]));
        for key in keys() {
            assert_eq!(port(&one, &key), port(&one, &key));
            assert_eq!(port(&one, &key), port(&other, &key));
        }
    }

    #[test]
    fn sessions_spread_evenly_over_the_instances() {
        let fleet = fleet(1..=4);
        let mut counts = [0_usize; 4];
        for key in keys() {
            counts[usize::from(port(&fleet, &key)) - 1] += 1;
        }
        assert!(counts.iter().all(|count| (700..1300).contains(count)), "{counts:?}");
    }

    #[test]
    fn when_an_instance_leaves_only_its_own_sessions_move() {
        let fleet = fleet(1..=4);
        let before: Vec<_> = keys().iter().map(|key| port(&fleet, key)).collect();
        make_unwell(&fleet, 2);
        for (key, before) in keys().iter().zip(before) {
            let after = port(&fleet, key);
            assert!(if before == 2 { after != 2 } else { after == before }, "{key}: {before} to {after}");
        }
    }

    #[test]
    fn when_an_instance_comes_about_its_share_moves_and_all_of_it_to_the_new_one() {
        let (four, five) = (fleet(1..=4), fleet(1..=5));
        let moved: Vec<_> = keys().into_iter().filter(|key| port(&four, key) != port(&five, key)).collect();
        assert!((500..1100).contains(&moved.len()), "{} of 4000 moved", moved.len());
        assert!(moved.iter().all(|key| port(&five, key) == 5));
    }

    #[test]
    fn a_busy_instance_passes_the_next_request_on() {
        let fleet = fleet(1..=3);
        let home = port(&fleet, "ada");
        let held: Vec<_> = (0..16).map(|_| fleet.choose(Some(b"ada"), &Tried::default()).unwrap()).collect();
        assert!(held.iter().all(|one| one.upstream().address.port() == home));
        assert_ne!(port(&fleet, "ada"), home);
        drop(held);
        assert_eq!(port(&fleet, "ada"), home);
    }

    #[test]
    fn visitors_take_turns_by_weight() {
        let mut list = listed(1..=3);
        list[2].weight = 2;
        let fleet = Fleet::new(&list, None, &BalanceConfig::default());
        fleet.upstreams().iter().for_each(|one| {
            one.observe_check(true, &HealthConfig::default());
        });
        let mut counts = [0; 3];
        for _ in 0..400 {
            let chosen = fleet.choose(None, &Tried::default()).unwrap();
            counts[usize::from(chosen.upstream().address.port()) - 1] += 1;
        }
        assert_eq!(counts, [100, 100, 200]);
    }

    #[test]
    fn a_retry_goes_elsewhere_and_nobody_well_is_nobody() {
        let fleet = fleet(1..=2);
        let mut tried = Tried::default();
        let first = fleet.choose(Some(b"ada"), &tried).unwrap().upstream().address;
        tried.add(first);
        let second = fleet.choose(Some(b"ada"), &tried).unwrap().upstream().address;
        assert_ne!(first, second);
        make_unwell(&fleet, 1);
        make_unwell(&fleet, 2);
        assert!(fleet.choose(Some(b"ada"), &tried).is_none() && !fleet.is_up());
    }

    #[test]
    fn when_nobody_is_ready_those_who_are_there_are_asked() {
        let fleet = fleet(1..=3);
        (1..=3).for_each(|port| make_unwell(&fleet, port));
        fleet.upstreams()[1].set_answers(true);
        assert!(keys().iter().all(|key| port(&fleet, key) == 2));
        assert!(!fleet.is_up());
    }

    #[test]
    fn draining_and_ejected_instances_are_the_last_choice() {
        let fleet = fleet(1..=2);
        fleet.upstreams()[0].set_draining(true);
        assert!(keys().iter().all(|key| port(&fleet, key) == 2));
        make_unwell(&fleet, 2);
        assert!(keys().iter().all(|key| port(&fleet, key) == 1));
    }

    #[test]
    fn one_in_its_slow_start_takes_few_sessions_and_they_are_its_own() {
        let old = fleet(1..=2);
        let new = Fleet::new(
            &listed(1..=3),
            Some(&old),
            &BalanceConfig { slow_start_ms: 3_600_000, ..BalanceConfig::default() },
        );
        let late = &new.upstreams()[2];
        for _ in 0..2 {
            late.observe_check(true, &HealthConfig::default());
        }
        let all = fleet(1..=3);
        let taken: Vec<_> = keys().into_iter().filter(|key| port(&new, key) == 3).collect();
        assert!((20..160).contains(&taken.len()), "{} of 4000", taken.len());
        assert!(taken.iter().all(|key| port(&all, key) == 3));
    }

    #[test]
    fn a_new_list_keeps_what_is_known_of_those_who_stay() {
        let old = fleet(1..=2);
        let new = Fleet::new(&listed(2..=3), Some(&old), &BalanceConfig::default());
        assert!(new.upstreams()[0].is_well() && !new.upstreams()[1].is_well());
        assert!(keys().iter().all(|key| port(&new, key) == 2));
    }
}
