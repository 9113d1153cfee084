//! What the journal costs: rating writes per second at full durability with it and without it, in turns, in one run.
//!
//! `cargo run --release -p matinee-store --features unjournaled --example commits -- [SECONDS [URL [ROUNDS]]]`; SQLite in a
//! temporary folder unless a URL is given, whose database must be empty (or `sqlite`).

#![expect(clippy::unwrap_used, reason = "a benchmark that fails says so")]

use std::{
    env,
    sync::Arc,
    time::{Duration, Instant},
};

use matinee_domain::{Email, ExternalId, ExternalSource, MovieId, Stars, Timestamp, UserId};
use matinee_services::ports::{
    AccountRepository, CatalogueWriter, ImportKey, ImportProgress, ImportedMovie, NewAccountRow, RatingRepository,
};
use matinee_store::{Store, StoreOptions, movie_id};
use mimalloc::MiMalloc;
use uuid::Uuid;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const ROUNDS: usize = 5;
/// Of `/proc/self/stat`.
const TICKS_PER_S: f64 = 100.0;
const FILMS: u32 = 2_000;
const PEOPLE: u32 = 200;

#[tokio::main]
async fn main() {
    let mut arguments = env::args().skip(1);
    let seconds: f64 = arguments.next().map_or(2.0, |seconds| seconds.parse().unwrap());
    let url = arguments.next().filter(|url| url != "sqlite");
    let rounds = arguments.next().map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| url.clone().unwrap_or_else(|| folder.path().join(name).to_str().unwrap().to_owned());
    let with = World::new(&path("with.db"), false).await;
    let without = match url {
        Some(url) => with.again(&url, true).await,
        None => World::new(&path("without.db"), true).await,
    };
    for writers in [1, 8] {
        let mut rates: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
        let mut cpu_us: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            for (at, world) in [&with, &without].into_iter().enumerate() {
                let before = cpu_s();
                let rate = world.commits_per_s(writers, Duration::from_secs_f64(seconds)).await;
                rates[at].push(rate);
                cpu_us[at].push((cpu_s() - before) * 1e6 / (rate * seconds));
            }
        }
        let ratios: Vec<f64> = rates[0].iter().zip(&rates[1]).map(|(with, without)| with / without).collect();
        let [with, without] = rates.map(median);
        let [cpu_with, cpu_without] = cpu_us.map(median);
        println!(
            "{writers} writers: {with:.0} commits/s with the journal, {without:.0} without: {:.2}, median of each turn's ratio {:.2}; \
             {cpu_with:.0} and {cpu_without:.0} µs of this process's processor time for each (medians of {rounds})",
            with / without,
            median(ratios),
        );
    }
}

/// What all threads of this process have used of the processors; 0 where that can't be told.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    // User and system time: fields 14 and 15, and the name is the second.
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
        / TICKS_PER_S
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

struct World {
    store: Arc<Store>,
    films: Vec<MovieId>,
    people: Vec<UserId>,
}

impl World {
    async fn new(url: &str, unjournaled: bool) -> Self {
        let store = open(url, unjournaled).await;
        store.migrate().await.unwrap();
        let films: Vec<_> = (0..FILMS).map(film).collect();
        let ids = films.iter().map(|film| movie_id(&film.external_ids[0])).collect();
        let key = ImportKey { part: "bench/movies".into(), fingerprint: "0".repeat(64) };
        store.put_movies(&key, films, ImportProgress::default()).await.unwrap();
        let mut people = Vec::new();
        for person in 0..PEOPLE {
            let id = UserId(Uuid::from_u128(u128::from(person) << 64 | 7));
            let row = NewAccountRow {
                id,
                name: "Ada".into(),
                email: Email::parse(&format!("p{person}@example.org")).unwrap(),
                password_hash: String::new(),
                created_at: moment(0),
            };
            store.add(row).await.unwrap();
            people.push(id);
        }
        Self { store, films: ids, people }
    }

    /// The same database by another store.
    async fn again(&self, url: &str, unjournaled: bool) -> Self {
        Self { store: open(url, unjournaled).await, films: self.films.clone(), people: self.people.clone() }
    }

    /// Ratings and changed ratings, as people give them.
    async fn commits_per_s(&self, writers: usize, time: Duration) -> f64 {
        let begun = Instant::now();
        let work = (0..writers).map(|writer| {
            let (store, films, people) = (Arc::clone(&self.store), self.films.clone(), self.people.clone());
            tokio::spawn(async move {
                let mut commits = 0_usize;
                while begun.elapsed() < time {
                    let n = commits * 8 + writer;
                    let (user, movie) = (people[n % people.len()], films[n * 7 % films.len()]);
                    let stars = Stars::from_half_stars(u8::try_from(n % 10).unwrap() + 1).unwrap();
                    store.set(user, movie, stars, moment(i64::try_from(n).unwrap())).await.unwrap();
                    commits += 1;
                }
                commits
            })
        });
        let mut commits = 0_u32;
        for writer in work.collect::<Vec<_>>() {
            commits += u32::try_from(writer.await.unwrap()).unwrap();
        }
        f64::from(commits) / begun.elapsed().as_secs_f64()
    }
}

async fn open(url: &str, unjournaled: bool) -> Arc<Store> {
    let options = StoreOptions { unjournaled, ..StoreOptions::default() };
    Arc::new(Store::connect(url, options).await.unwrap())
}

fn moment(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

fn film(n: u32) -> ImportedMovie {
    ImportedMovie {
        external_ids: vec![ExternalId { source: ExternalSource::Movielens, id: n.to_string() }],
        title: format!("Film {n}"),
        original_title: format!("Film {n}"),
        alternative_titles: Vec::new(),
        year: None,
        genres: vec!["Drama".into()],
    }
}
