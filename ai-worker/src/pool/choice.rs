//! Whom to ask: power of two choices, with consistent hashing as what decides between equals.
//!
//! Each request has a key, and each key an order of all workers (rendezvous hashing: Thaler and Ravishankar 1998), the
//! same in every web instance, and one that a worker which joins or leaves hardly changes. The first two that are well
//! are the choices; the one with fewer requests under way is asked, the first where both have as many. So what is about
//! the same film goes where its answer is kept, and no worker has twice the load of another for long.

use std::{sync::Arc, time::Instant};

use super::member::{Member, Standing};

/// All workers in the order in which to ask them.
pub fn order(members: &[Arc<Member>], key: u64, now: Instant) -> Vec<Arc<Member>> {
    let mut ranked: Vec<_> = members
        .iter()
        .map(|member| (member.standing(now), std::cmp::Reverse(mixed(member.hash ^ key)), Arc::clone(member)))
        .collect();
    ranked.sort_by_key(|(standing, hash, _)| (*standing, *hash));
    // Those that are well stand together, after one that is on trial.
    let first = ranked.partition_point(|(standing, ..)| *standing < Standing::Well);
    if let [(Standing::Well, _, one), (Standing::Well, _, other), ..] = &ranked[first..]
        && other.in_flight() < one.in_flight()
    {
        ranked.swap(first, first + 1);
    }
    // One worker at a time is tried out; the others on trial wait behind those that are well.
    let mut order: Vec<_> = ranked.into_iter().map(|(_, _, member)| member).collect();
    if first > 1 {
        order[1..].rotate_left(first - 1);
    }
    order
}

/// Any bits to well-mixed ones: the finaliser of `SplitMix64` (Steele, Lea and Flood 2014).
pub fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::pool::PoolOptions;

    fn members(count: usize) -> Vec<Arc<Member>> {
        let member = |at| Arc::new(Member::new(&format!("http://worker-{at}:8090"), &PoolOptions::default()).unwrap());
        (0..count).map(member).collect()
    }

    fn first(members: &[Arc<Member>], key: u64) -> String {
        order(members, key, Instant::now())[0].url.to_string()
    }

    #[test]
    fn keys_spread_evenly_and_a_worker_that_leaves_moves_only_its_own() {
        let all = members(5);
        let keys = 0..5_000_u64;
        for member in &all {
            let own = keys.clone().filter(|key| first(&all, mixed(*key)) == member.url.as_str()).count();
            assert!((800..1_200).contains(&own), "{own} of 5000 keys");
        }
        for key in keys.map(mixed) {
            let before = first(&all, key);
            if before != all[4].url.as_str() {
                assert_eq!(first(&all[..4], key), before);
            }
        }
    }

    #[test]
    fn of_a_keys_two_workers_the_one_with_less_to_do_is_asked() {
        let all = members(4);
        let now = Instant::now();
        let usual = order(&all, 7, now);
        let flight = usual[0].begin(now);
        let loaded = order(&all, 7, now);
        assert_eq!((&loaded[0].url, &loaded[1].url), (&usual[1].url, &usual[0].url));
        drop(flight);
        assert_eq!(order(&all, 7, now)[0].url, usual[0].url);
    }

    #[test]
    fn busy_ones_come_after_those_that_are_well_and_those_left_out_last() {
        let all = members(3);
        let now = Instant::now();
        all[0].gone(now);
        all[1].busy(now + Duration::from_secs(1));
        let at = |now| order(&all, 1, now).iter().map(|member| member.url.to_string()).collect::<Vec<_>>();
        assert_eq!(at(now), [2, 1, 0].map(|at: usize| all[at].url.to_string()));
        assert_eq!(at(now + Duration::from_secs(2))[0], all[0].url.to_string(), "its rest is over");
    }

    proptest! {
        #[test]
        fn every_worker_is_in_the_order_once(count in 1_usize..8, key: u64, gone in 0_usize..8, later in 0_u64..3) {
            let all = members(count);
            let now = Instant::now();
            all.iter().take(gone).for_each(|member| member.gone(now));
            let mut order: Vec<_> = order(&all, key, now + Duration::from_secs(later)).iter().map(|member| member.url.clone()).collect();
            order.sort();
            order.dedup();
            prop_assert_eq!(order.len(), count);
        }
    }
}
