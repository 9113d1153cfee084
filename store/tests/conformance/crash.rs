//! A process that is killed while it writes loses nothing that it acknowledged, and leaves nothing half and no row without
//! its history.
//!
//! The test starts this very program again as a child that writes ratings and prints each one when the store has
//! acknowledged it; after a seeded number of acknowledgements it is killed (`SIGKILL`), and the database is opened and held
//! against what was printed. `MATINEE_TEST_KILLS` sets how often (20; 5 on PostgreSQL), `MATINEE_TEST_SEED` the
//! seed (1).

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use matinee_domain::{MovieId, UserId};
use matinee_services::ports::{AccountRepository, CatalogueWriter, MovieRepository, RatingRepository};
use matinee_store::{Durability, Store, StoreOptions, movie_id};
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use uuid::Uuid;

use super::fixture::{self, at, imported, movielens, stars};

const WRITERS: u32 = 4;
const FILMS: u32 = 7;
const CHILD: &str = "conformance::crash::a_child_that_writes_until_it_is_killed";
const PATH: &str = "MATINEE_TEST_CRASH_DB";
const FIRST: &str = "MATINEE_TEST_CRASH_FIRST";

/// The `number`th rating of a writer: film and half stars. Every film gets a new value each time.
fn nth(number: u32) -> (MovieId, f64) {
    (movie_id(&movielens(&(number % FILMS + 1).to_string())), f64::from(number % 10 + 1) / 2.0)
}

fn person(writer: u32) -> UserId {
    UserId(Uuid::from_u128(u128::from(writer + 1) << 64 | 9))
}

/// Seeded and spread (`SplitMix64`, Steele et al. 2014).
fn spread(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn number_from(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "the child of the test below"]
async fn a_child_that_writes_until_it_is_killed() {
    let path = std::env::var(PATH).unwrap();
    let firsts = std::env::var(FIRST).unwrap();
    let options = StoreOptions { durability: Durability::Full, ..StoreOptions::default() };
    let store = Arc::new(Store::connect(&path, options).await.unwrap());
    store.migrate().await.unwrap();
    let writers = firsts.split(',').zip(0..).map(|(first, writer)| {
        let (store, first) = (Arc::clone(&store), first.parse().unwrap());
        tokio::spawn(async move {
            for number in first..u32::MAX {
                let (film, value) = nth(number);
                store.set(person(writer), film, stars(value), at(number.into())).await.unwrap();
                println!("acknowledged {writer} {number}");
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

fn start(path: &str, next: &BTreeMap<u32, u32>) -> Child {
    let firsts: Vec<String> = next.values().map(u32::to_string).collect();
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", CHILD, "--ignored", "--nocapture", "--test-threads=1"])
        .env(PATH, path)
        .env(FIRST, firsts.join(","))
        .stdout(Stdio::piped())
        // What it says when it ends by itself is the reason why this test fails.
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

/// The last acknowledged number of each writer that had one.
fn kill_after(mut child: Child, acknowledgements: u64) -> BTreeMap<u32, u32> {
    let mut last = BTreeMap::new();
    let mut seen = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        // The test runner leaves the beginning of a line before the first one.
        let Some((_, rest)) = line.split_once("acknowledged ") else { continue };
        // The last line may be cut off: then it was not acknowledged to anybody.
        let Some((writer, number)) = rest.split_once(' ') else { continue };
        let (Ok(writer), Ok(number)) = (writer.parse::<u32>(), number.parse::<u32>()) else { continue };
        let before = last.get(&writer).copied().unwrap_or(0);
        if number > before {
            last.insert(writer, number);
        }
        seen += 1;
        if seen == acknowledgements {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(seen >= acknowledgements, "the child ended by itself after {seen} acknowledgements");
    last
}

/// Each writer's ratings are those up to the last acknowledged one, or one more: it was written, but nobody was told.
/// Returns the number with which the writer goes on.
async fn check_ratings(ratings: &dyn RatingRepository, writer: u32, acknowledged: u32) -> u32 {
    let mut reached = acknowledged;
    for film in 0..FILMS {
        // The last number up to the acknowledged one that rated this film.
        let Some(expected) = (1..=acknowledged).rev().take(FILMS as usize).find(|number| number % FILMS == film) else {
            continue;
        };
        let (id, value) = nth(expected);
        let kept = ratings.lookup(person(writer), id).await.unwrap();
        let next = nth(acknowledged + 1);
        if kept == Some(stars(value)) {
            continue;
        }
        assert!(
            next.0 == id && kept == Some(stars(next.1)),
            "writer {writer}: number {expected} of {acknowledged} was acknowledged, but {kept:?} is there"
        );
        reached = acknowledged + 1;
    }
    reached + 1
}

async fn check_statistics(movies: &dyn MovieRepository, ratings: &dyn RatingRepository) {
    let mut counted = 0;
    for film in 1..=FILMS {
        let movie = movies.lookup(movie_id(&movielens(&film.to_string()))).await.unwrap().unwrap();
        let histogram: u64 = movie.histogram.0.iter().map(|count| u64::from(*count)).sum();
        assert_eq!(u64::from(movie.card.rating.count), histogram, "a film's statistics are those of its ratings");
        counted += histogram;
    }
    let mut there = 0;
    for writer in 0..WRITERS {
        there += ratings.count(person(writer)).await.unwrap();
    }
    assert_eq!(counted, there);
}

/// Every version of every rating has its entry in the journal, and no entry is without its version.
async fn check_history(path: &str) {
    let url = if path.contains("://") { path.to_owned() } else { format!("sqlite:{path}") };
    let db = Database::connect(url).await.unwrap();
    let sql = "SELECT (SELECT COUNT(*) FROM change_sets WHERE table_name = 'ratings') \
               + (SELECT COUNT(*) FROM changes WHERE table_name = 'ratings') AS entries, \
               (SELECT CAST(COALESCE(SUM(version), 0) AS bigint) FROM ratings) AS versions";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
    let (entries, versions): (i64, i64) = (row.try_get("", "entries").unwrap(), row.try_get("", "versions").unwrap());
    assert_eq!(entries, versions, "a change and its history are kept together");
    db.close().await.unwrap();
}

async fn prepare(path: &str) {
    let store = fixture::open(path).await;
    store.migrate().await.unwrap();
    let films = (1..=FILMS).map(|id| imported(&id.to_string(), &format!("Film {id}"), 1999)).collect();
    store.put_movies(&fixture::key("films"), films, fixture::done(0)).await.unwrap();
    for writer in 0..WRITERS {
        store.add(fixture::account(person(writer), &format!("writer{writer}@example.org"))).await.unwrap();
    }
    store.close().await;
}

/// Kills and checks, again and again on one database. `settled` waits until nothing of a killed process goes on.
async fn kill_and_check(path: &str, kills: u64, settled: impl AsyncFn()) {
    prepare(path).await;
    let seed = number_from("MATINEE_TEST_SEED", 1);
    let mut next: BTreeMap<u32, u32> = (0..WRITERS).map(|writer| (writer, 1)).collect();
    for round in 0..kills {
        let acknowledgements = spread(seed ^ round << 20) % 120 + 1;
        let last = kill_after(start(path, &next), acknowledgements);
        settled().await;
        let store = fixture::open(path).await;
        for (writer, first) in &mut next {
            let acknowledged = last.get(writer).copied().unwrap_or(*first - 1);
            *first = check_ratings(&store, *writer, acknowledged).await;
        }
        check_statistics(&store, &store).await;
        store.close().await;
        check_history(path).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("matinee.db");
    kill_and_check(path.to_str().unwrap(), number_from("MATINEE_TEST_KILLS", 20), async || ()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_nothing_that_it_acknowledged_on_postgresql() {
    fixture::on_postgres(async |db| {
        // The server ends a transaction whose COMMIT had arrived, and only then notices that nobody is there any more.
        let settled = async || {
            let others = db.connect().await;
            let busy = "SELECT count(*) AS busy FROM pg_stat_activity WHERE datname = current_database() \
                        AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle'";
            loop {
                let asked = Statement::from_string(DbBackend::Postgres, busy);
                let row = others.query_one_raw(asked).await.unwrap().unwrap();
                if row.try_get::<i64>("", "busy").unwrap() == 0 {
                    break;
                }
            }
            others.close().await.unwrap();
        };
        kill_and_check(&db.url, number_from("MATINEE_TEST_KILLS", 5), settled).await;
    })
    .await;
}
