//! What is counted and timed, for Prometheus. Handles are made once, so that a request only adds to a number.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use metrics::{Counter, Histogram, counter, describe_counter, describe_gauge, describe_histogram, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Upper ends of the buckets of times, in seconds.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 20.0];

/// Starts measuring for the process.
///
/// # Errors
/// When another recorder is there already.
pub fn start() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets(&SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("measurements can't be recorded")?;
    take_together(handle.clone()).context("measurements can't be taken together")?;
    describe_counter!("director_requests_total", "Answers to clients, by class of status");
    describe_histogram!("director_request_seconds", "From a request's headers to the end of its answer");
    describe_counter!("director_refused_total", "Requests and connections that were not passed on, by reason");
    describe_counter!("director_unavailable_total", "Requests that nobody could answer");
    describe_counter!("director_retries_total", "Requests that were sent to another instance");
    describe_counter!("director_cache_total", "Requests for cached files: hit or miss");
    describe_counter!("director_list_errors_total", "Looks at the list of instances that failed");
    describe_counter!(
        "director_access_log_dropped_total",
        "Lines of the access log that were dropped: too many at once"
    );
    describe_gauge!("director_connections", "Open connections of clients");
    describe_counter!("director_upstream_requests_total", "Answers of an instance, by class of status");
    describe_counter!("director_upstream_failures_total", "Requests that an instance failed to answer");
    describe_counter!(
        "director_upstream_ejections_total",
        "How often an instance was set aside for errors or slowness"
    );
    describe_counter!("director_upstream_failed_checks_total", "Active checks that failed");
    describe_histogram!("director_upstream_seconds", "From a request sent to an instance to its answer's first byte");
    describe_gauge!("director_upstream_in_flight", "Requests that an instance is at");
    describe_gauge!("director_upstream_up", "1: an instance gets requests");
    Ok(handle)
}

/// Takes together what histograms were told, now and then: where nobody asks for measurements each would stay a value in memory.
fn take_together(handle: PrometheusHandle) -> std::io::Result<()> {
    const EVERY: Duration = Duration::from_secs(5);
    let upkeep = move || {
        loop {
            std::thread::sleep(EVERY);
            handle.run_upkeep();
        }
    };
    std::thread::Builder::new().name("measurements".to_owned()).spawn(upkeep).map(drop)
}

/// Classes of status, by their first digit; 0 is none.
const CLASSES: [&str; 6] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// A counter for each class of status.
#[derive(Debug)]
pub struct ByClass([Counter; 6]);

impl ByClass {
    pub fn add(&self, status: u16) {
        if let Some(counter) = self.0.get(usize::from(status / 100)) {
            counter.increment(1);
        }
    }
}

/// The counters of one instance.
#[derive(Debug)]
pub struct UpstreamMeasures {
    pub answers: ByClass,
    pub failures: Counter,
    pub ejections: Counter,
    pub failed_checks: Counter,
    seconds: Timing,
}

impl UpstreamMeasures {
    pub fn new(address: SocketAddr) -> Self {
        let upstream = address.to_string();
        let answers = CLASSES.map(
            |class| counter!("director_upstream_requests_total", "upstream" => upstream.clone(), "status" => class),
        );
        Self {
            answers: ByClass(answers),
            failures: counter!("director_upstream_failures_total", "upstream" => upstream.clone()),
            ejections: counter!("director_upstream_ejections_total", "upstream" => upstream.clone()),
            failed_checks: counter!("director_upstream_failed_checks_total", "upstream" => upstream.clone()),
            seconds: Timing(histogram!("director_upstream_seconds", "upstream" => upstream)),
        }
    }

    pub fn answered(&self, status: u16, latency: Duration) {
        self.answers.add(status);
        self.seconds.0.record(latency.as_secs_f64());
    }
}

/// A histogram, which can't be shown.
struct Timing(Histogram);

impl std::fmt::Debug for Timing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Timing")
    }
}

/// The counters of the director itself.
#[derive(Debug)]
pub struct Measures {
    pub answers: ByClass,
    pub unavailable: Counter,
    pub retries: Counter,
    pub cache_hits: Counter,
    pub cache_misses: Counter,
    seconds: Timing,
}

impl Measures {
    pub fn new() -> Self {
        Self {
            answers: ByClass(CLASSES.map(|class| counter!("director_requests_total", "status" => class))),
            unavailable: counter!("director_unavailable_total"),
            retries: counter!("director_retries_total"),
            cache_hits: counter!("director_cache_total", "result" => "hit"),
            cache_misses: counter!("director_cache_total", "result" => "miss"),
            seconds: Timing(histogram!("director_request_seconds")),
        }
    }

    pub fn took(&self, time: Duration) {
        self.seconds.0.record(time.as_secs_f64());
    }
}

/// One more request or connection was refused.
pub fn refused(reason: &'static str) {
    counter!("director_refused_total", "reason" => reason).increment(1);
}
