//! The hit rate of each cache of an instance on Zipf's traces, beside a simulated W-TinyLFU of as many bytes on the same trace.
//!
//! `caches [ASKINGS]` (1,000,000). The caches are the instance's own, over a catalogue and a recommender that make up their answers; each holds about
//! a tenth of all that is asked for. Prints a line for each cache and exponent; exit code 1 when one is more than a point off.

#![expect(
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    reason = "a measurement: numbers are small, failures end it"
)]

mod sources;
mod tiny_lfu;

use std::{
    process::ExitCode,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use matinee_domain::{Event, EventKind, MovieId, SearchQuery, Timestamp, UserId};
use matinee_search::{SearchOptions, TantivyIndex};
use matinee_server::{
    cache::{CachedMovies, bytes},
    config::CacheConfig,
    recommender::Kept,
};
use matinee_services::ports::{Asker, MovieRepository, RecommendRequest, Recommender, SearchIndex};
use uuid::Uuid;

use self::{
    sources::{MadeUpCatalogue, MadeUpRecommender},
    tiny_lfu::TinyLfu,
};

const EXPONENTS: [f64; 3] = [0.7, 0.9, 1.1];
const THINGS: u64 = 50_000;
/// How far a real cache may be off, in points.
const BAR_POINTS: f64 = 1.0;

/// Ranks from 0, the lower the more often (Zipf), scattered so that numbers say nothing of rank.
struct Trace {
    sums: Vec<f64>,
    state: u64,
}

impl Trace {
    fn new(exponent: f64) -> Self {
        let mut sum = 0.0;
        let sums = (1..=THINGS).map(|rank| {
            sum += (rank as f64).powf(-exponent);
            sum
        });
        Self { sums: sums.collect(), state: 7 }
    }

    fn next(&mut self) -> u64 {
        // SplitMix64 (Steele, Lea, Flood 2014).
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let share = (sources::mix(self.state) >> 11) as f64 / (1_u64 << 53) as f64;
        let lot = share * self.sums.last().unwrap();
        self.sums.partition_point(|sum| *sum < lot) as u64
    }
}

struct Verdict {
    real: f64,
    simulated: f64,
}

/// Runs the trace through both; `ask` asks the real cache, `bytes_of` is what it says that an entry weighs, `misses` how many it had.
async fn race(
    askings: u64,
    exponent: f64,
    capacity: u64,
    bytes_of: impl Fn(u64) -> u64,
    ask: impl AsyncFn(u64),
    misses: impl Fn() -> u64,
) -> Verdict {
    let (mut trace, mut simulated) = (Trace::new(exponent), TinyLfu::new(capacity));
    for _ in 0..askings {
        let key = trace.next();
        simulated.ask(key, bytes_of(key));
        ask(key).await;
    }
    let percent = |hits: u64| 100.0 * hits as f64 / askings as f64;
    Verdict { real: percent(askings - misses()), simulated: percent(simulated.hits) }
}

fn id(key: u64) -> MovieId {
    MovieId(Uuid::from_u128(u128::from(key)))
}

/// A tenth of what all of it would weigh.
fn capacity(bytes_of: impl Fn(u64) -> u64) -> u64 {
    (0..THINGS).map(bytes_of).sum::<u64>() / 10
}

fn weight(bytes: usize) -> u64 {
    u64::from(bytes::weight(bytes))
}

async fn films(askings: u64, exponent: f64) -> Verdict {
    let bytes_of = |key| weight(bytes::movie(&sources::movie(id(key))));
    let sizes: Vec<u64> = (0..THINGS).map(bytes_of).collect();
    let size = |key: u64| sizes[usize::try_from(key).unwrap()];
    let catalogue = Arc::new(MadeUpCatalogue::default());
    let config = CacheConfig { film_bytes: capacity(size), ttl_ms: 3_600_000, ..CacheConfig::default() };
    let cached = CachedMovies::new(Arc::clone(&catalogue) as _, &config);
    let ask = async |key| drop(cached.lookup(id(key)).await.unwrap());
    race(askings, exponent, config.film_bytes, size, ask, || catalogue.asked.load(Relaxed)).await
}

async fn cards(askings: u64, exponent: f64) -> Verdict {
    let bytes_of = |key| weight(bytes::card(&sources::movie(id(key)).card));
    let sizes: Vec<u64> = (0..THINGS).map(bytes_of).collect();
    let size = |key: u64| sizes[usize::try_from(key).unwrap()];
    let catalogue = Arc::new(MadeUpCatalogue::default());
    let config = CacheConfig { card_bytes: capacity(size), ttl_ms: 3_600_000, ..CacheConfig::default() };
    let cached = CachedMovies::new(Arc::clone(&catalogue) as _, &config);
    let ask = async |key| drop(cached.list_cards(&[id(key)]).await.unwrap());
    race(askings, exponent, config.card_bytes, size, ask, || catalogue.asked.load(Relaxed)).await
}

async fn recommendations(askings: u64, exponent: f64) -> Verdict {
    let size = |key: u64| weight(bytes::scored(&sources::scored(key)));
    let recommender = Arc::new(MadeUpRecommender::default());
    let config = CacheConfig {
        recommendation_bytes: capacity(size),
        recommendation_ttl_ms: 3_600_000,
        ..CacheConfig::default()
    };
    let kept = Kept::new(Arc::clone(&recommender) as _, &config);
    let request = |key: u64| RecommendRequest {
        events: vec![Event { movie: id(key), kind: EventKind::Viewed, at: Timestamp::UNIX_EPOCH }],
        hidden: Vec::new(),
        limit: 20,
        now: Timestamp::UNIX_EPOCH,
        person: Some(Asker { id: UserId(Uuid::from_u128(u128::from(key))), opinions: 0 }),
        model: None,
        stars: false,
        next: false,
    };
    let ask = async |key| drop(kept.recommend(request(key)).await.unwrap());
    race(askings, exponent, config.recommendation_bytes, size, ask, || recommender.asked.load(Relaxed)).await
}

/// Searches that find nothing, so that all answers weigh alike: what one weighs is asked first.
async fn searches(askings: u64, exponent: f64) -> Verdict {
    let query = |key: u64| SearchQuery { text: format!("{key:08}"), limit: 20, ..SearchQuery::default() };
    let one = TantivyIndex::in_memory(SearchOptions::default()).unwrap();
    one.search(&query(0)).await.unwrap();
    let bytes = one.kept().bytes;
    let kept_bytes = capacity(|_| bytes);
    let index = TantivyIndex::in_memory(SearchOptions { kept_bytes, ..SearchOptions::default() }).unwrap();
    let ask = async |key| drop(index.search(&query(key)).await.unwrap());
    race(askings, exponent, kept_bytes, |_| bytes, ask, || index.kept().misses).await
}

#[tokio::main]
async fn main() -> ExitCode {
    let askings = std::env::args().nth(1).map_or(1_000_000, |text| text.parse().expect("a number of askings"));
    let mut worst: f64 = 0.0;
    println!("| cache | exponent | hits, % | W-TinyLFU simulated, % | difference |\n|---|---|---|---|---|");
    for exponent in EXPONENTS {
        let all = [
            ("films", films(askings, exponent).await),
            ("cards", cards(askings, exponent).await),
            ("search", searches(askings, exponent).await),
            ("recommendations", recommendations(askings, exponent).await),
        ];
        for (cache, Verdict { real, simulated }) in all {
            let difference = real - simulated;
            worst = worst.min(difference);
            println!("| {cache} | {exponent} | {real:.2} | {simulated:.2} | {difference:+.2} |");
        }
    }
    // Better than the simulation is no fault.
    if worst >= -BAR_POINTS { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
