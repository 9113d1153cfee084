//! Instances that answer, but far more slowly than the others, are set aside for a while.

use std::{sync::Arc, time::Duration};

use super::{Upstream, Upstreams};
use crate::config::PassiveConfig;

/// How often latencies are compared.
const INTERVAL: Duration = Duration::from_secs(1);
/// So many comparisons without an ejection, and one of its earlier ones is forgotten.
const FORGIVE_AFTER: u32 = 60;

/// Compares for ever.
pub async fn watch(upstreams: Arc<Upstreams>, config: PassiveConfig) {
    let mut ticks = tokio::time::interval(INTERVAL);
    let mut count = 0_u32;
    loop {
        ticks.tick().await;
        count = count.wrapping_add(1);
        let fleet = upstreams.fleet();
        if count.is_multiple_of(FORGIVE_AFTER) {
            fleet.upstreams().iter().for_each(|one| one.forgive());
        }
        for slow in too_slow(fleet.upstreams(), &config) {
            let latency_ms = slow.latency().as_millis();
            if slow.eject(&config) {
                tracing::warn!(upstream = %slow.address, latency_ms, "an instance is far slower than the others");
            }
        }
    }
}

/// Those whose latency stands out, but never so many that less than half of the instances are left.
fn too_slow<'a>(all: &'a [Arc<Upstream>], config: &PassiveConfig) -> Vec<&'a Arc<Upstream>> {
    if config.latency_factor == 0.0 {
        return Vec::new();
    }
    let usable: Vec<_> = all.iter().filter(|one| one.is_well() && !one.is_ejected()).collect();
    let mut latencies: Vec<_> = usable.iter().map(|one| one.latency()).filter(|latency| !latency.is_zero()).collect();
    if latencies.len() < 2 {
        return Vec::new();
    }
    latencies.sort();
    // The lower of the two in the middle: of two instances the quicker one is the measure.
    let median = latencies.get((latencies.len() - 1) / 2).copied().unwrap_or_default();
    let least = Duration::from_millis(config.latency_min_ms);
    let limit = median.mul_f64(config.latency_factor).max(least);
    let most = (all.len() / 2).saturating_sub(all.len() - usable.len());
    usable.into_iter().filter(|one| one.latency() > limit).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HealthConfig;

    fn with_latencies(all_ms: &[u64]) -> Vec<Arc<Upstream>> {
        let make = |(port, ms): (usize, &u64)| {
            let address = ([127, 0, 0, 1], u16::try_from(port + 1).unwrap()).into();
            let one = Upstream::new(address, 1, false, true);
            one.observe_check(true, &HealthConfig::default());
            one.observe_answer(Duration::from_millis(*ms));
            one
        };
        all_ms.iter().enumerate().map(make).collect()
    }

    fn slow_ports(all_ms: &[u64]) -> Vec<u16> {
        let all = with_latencies(all_ms);
        too_slow(&all, &PassiveConfig::default()).iter().map(|one| one.address.port()).collect()
    }

    #[test]
    fn only_who_is_far_slower_than_the_others_stands_out() {
        assert_eq!(slow_ports(&[10, 12, 900]), [3]);
        assert_eq!(slow_ports(&[10, 900]), [2]);
        assert!(slow_ports(&[10, 12, 400]).is_empty());
        assert!(slow_ports(&[300, 600, 900]).is_empty());
        assert!(slow_ports(&[900]).is_empty());
    }

    #[test]
    fn at_least_half_of_the_instances_stay() {
        assert_eq!(slow_ports(&[10, 11, 12, 5000, 5000]), [4, 5]);
        assert_eq!(slow_ports(&[10, 11, 5000, 5000]).len(), 2);
    }
}
