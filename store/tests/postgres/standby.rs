use std::time::{Duration, Instant};

use matinee_domain::{MovieId, UserId};
use matinee_services::ports::{AccountRepository, CatalogueWriter, MovieRepository, RatingRepository};
use matinee_store::{Durability, Store, StoreOptions, movie_id};
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use uuid::Uuid;

use crate::{
    cluster::Pair,
    conformance::fixture::{account, at, done, imported, key, movielens, stars},
};

async fn open(url: &str, replicas: &[String], max_lag: Duration) -> Store {
    let options = StoreOptions {
        durability: Durability::Normal,
        replica_urls: replicas.to_vec(),
        max_replica_lag: max_lag,
        ..Default::default()
    };
    Store::connect(url, options).await.unwrap()
}

/// A film and a person who rates it.
async fn begin(store: &Store) -> (UserId, MovieId) {
    store.migrate().await.unwrap();
    store.put_movies(&key("films"), vec![imported("1", "Alien", 1979)], done(1)).await.unwrap();
    let user = UserId(Uuid::from_u128(1));
    AccountRepository::add(store, account(user, "ada@example.org")).await.unwrap();
    (user, movie_id(&movielens("1")))
}

/// Waits until it holds, for half a minute.
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}: not within half a minute");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn raters(store: &Store, film: MovieId) -> u32 {
    MovieRepository::lookup(store, film).await.unwrap().map_or(0, |movie| movie.card.rating.count)
}

async fn run(url: &str, sql: &str) {
    let db = Database::connect(url).await.unwrap();
    db.execute_unprepared(sql).await.unwrap();
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn films_are_read_from_a_standby_that_is_near_and_ones_own_writes_from_the_primary() {
    let pair = Pair::start().await;
    let one = open(&pair.url("a"), &[], Duration::ZERO).await;
    let (user, film) = begin(&one).await;
    let patient = open(&pair.url("a"), &[pair.url("b")], Duration::from_mins(10)).await;
    let strict = open(&pair.url("a"), &[pair.url("b")], Duration::from_millis(400)).await;
    for store in [&patient, &strict] {
        until("the standby is near", async || store.near_secondaries() == 1).await;
    }
    // From now on the standby stands still.
    run(&pair.url("b"), "SELECT pg_wal_replay_pause()").await;
    let asked = Database::connect(pair.url("b")).await.unwrap();
    until("replay is paused", async || {
        let ask = Statement::from_string(DbBackend::Postgres, "SELECT pg_get_wal_replay_pause_state() = 'paused'");
        asked.query_one_raw(ask).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    })
    .await;
    asked.close().await.unwrap();
    one.set(user, film, stars(4.0), at(1)).await.unwrap();
    assert_eq!(raters(&one, film).await, 1);
    assert_eq!((patient.near_secondaries(), raters(&patient, film).await), (1, 0), "the patient read the standby");
    until("the strict have turned to the primary", async || raters(&strict, film).await == 1).await;
    // Another film's reader sees the standby, the writer their own rating.
    let another = UserId(Uuid::from_u128(2));
    AccountRepository::add(&patient, account(another, "bob@example.org")).await.unwrap();
    patient.set(another, film, stars(2.0), at(2)).await.unwrap();
    assert_eq!(raters(&patient, film).await, 2);
    assert_eq!(RatingRepository::lookup(&patient, another, film).await.unwrap(), Some(stars(2.0)));
    // It follows again, and then it dies.
    run(&pair.url("b"), "SELECT pg_wal_replay_resume()").await;
    pair.kill("b");
    until("the standby is missed", async || raters(&patient, film).await == 2).await;
    for _ in 0..50 {
        assert_eq!((raters(&patient, film).await, raters(&strict, film).await), (2, 2));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_primary_is_gone_a_standby_answers_what_is_read_and_writes_are_refused_at_once() {
    let pair = Pair::start().await;
    let store = open(&pair.url("a"), &[pair.url("b")], Duration::from_millis(400)).await;
    let (user, film) = begin(&store).await;
    store.set(user, film, stars(4.0), at(1)).await.unwrap();
    let standby = open(&format!("{}?target_session_attrs=any", pair.url("b")), &[], Duration::ZERO).await;
    until("the standby has the rating", async || {
        matches!(RatingRepository::lookup(&standby, user, film).await, Ok(Some(_)))
    })
    .await;
    standby.close().await;
    until("the standby is near", async || store.near_secondaries() == 1).await;

    pair.kill("a");
    for _ in 0..100 {
        assert_eq!(RatingRepository::lookup(&store, user, film).await.unwrap(), Some(stars(4.0)));
    }
    until("it is known that nobody takes writes", async || {
        let begun = Instant::now();
        store.set(user, film, stars(1.0), at(2)).await.is_err() && begun.elapsed() < Duration::from_millis(100)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pools_find_the_new_primary_by_themselves() {
    let pair = Pair::start().await;
    let store = open(&pair.url_of_primary(), &[], Duration::ZERO).await;
    let (user, film) = begin(&store).await;
    store.set(user, film, stars(1.0), at(1)).await.unwrap();
    let standby = open(&format!("{}?target_session_attrs=any", pair.url("b")), &[], Duration::ZERO).await;
    until("the standby has the rating", async || {
        matches!(RatingRepository::lookup(&standby, user, film).await, Ok(Some(_)))
    })
    .await;
    let refused = RatingRepository::set(&standby, user, film, stars(2.0), at(2)).await;
    assert!(refused.is_err(), "a standby takes no writes");
    standby.close().await;

    pair.kill("a");
    pair.promote("b");
    let begun = Instant::now();
    until("a write reaches the new primary", async || store.set(user, film, stars(5.0), at(9)).await.is_ok()).await;
    println!("writes went on {} ms after the promotion", begun.elapsed().as_millis());
    assert_eq!(RatingRepository::lookup(&store, user, film).await.unwrap(), Some(stars(5.0)));
    assert_eq!(raters(&store, film).await, 1);
}

#[tokio::test]
async fn what_cannot_be_reached_is_said_without_the_password() {
    let options = StoreOptions { acquire_timeout: Duration::from_millis(500), ..Default::default() };
    let url = "postgres://ada:secret@127.0.0.1:1,127.0.0.1:2/films";
    let error = Store::connect(url, options).await.unwrap_err().to_string();
    for part in ["127.0.0.1:1", "127.0.0.1:2", "refused", "ada:***"] {
        assert!(error.contains(part) && !error.contains("secret"), "{error}");
    }
}
