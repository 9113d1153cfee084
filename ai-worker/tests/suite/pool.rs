//! The pool and its workers: nobody notices when one is killed, hangs or has too much to do.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use matinee_ai::{
    pool::{PoolOptions, RemoteRecommender},
    worker::EngineOptions,
};
use matinee_domain::UserId;
use matinee_services::ports::{Asker, RecommendRequest, Recommender};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    workers::Running,
    world::{self, rated, request},
};

fn worker(options: EngineOptions) -> Running {
    Running::start(Arc::new(world::engine(options)))
}

fn pool(addresses: &[&str], options: PoolOptions) -> Arc<RemoteRecommender> {
    Arc::new(RemoteRecommender::new(addresses, options).unwrap())
}

fn patient() -> PoolOptions {
    // Three hundred connections at once take longer than usual where all cores are taken.
    let timeout = Duration::from_secs(20);
    PoolOptions { timeout, connect_timeout: timeout, ..PoolOptions::default() }
}

fn of_person(person: u128) -> RecommendRequest {
    let events = vec![rated(person % 40, 5.0), rated((person + 3) % 40, 4.5)];
    let person = Asker { id: UserId(uuid::Uuid::from_u128(person)), opinions: 0 };
    RecommendRequest { person: Some(person), ..request(events, 10) }
}

/// People who ask again and again, until told to stop.
struct Load {
    answered: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    people: JoinSet<Result<(), String>>,
}

impl Load {
    fn start(pool: &Arc<RemoteRecommender>, people: u128) -> Self {
        let (answered, stop) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let mut tasks = JoinSet::new();
        for person in 0..people {
            let (pool, answered, stop) = (Arc::clone(pool), Arc::clone(&answered), Arc::clone(&stop));
            tasks.spawn(async move {
                let mut turn = person;
                while !stop.load(Ordering::Relaxed) {
                    let found = pool.recommend(of_person(turn)).await.map_err(|error| error.to_string())?;
                    if found.len() != 10 {
                        return Err(format!("{} films", found.len()));
                    }
                    answered.fetch_add(1, Ordering::Relaxed);
                    turn += people;
                }
                Ok(())
            });
        }
        Self { answered, stop, people: tasks }
    }

    /// Waits until so many more were answered.
    async fn more(&self, count: usize) {
        let wanted = self.answered.load(Ordering::Relaxed) + count;
        let started = Instant::now();
        while self.answered.load(Ordering::Relaxed) < wanted {
            assert!(
                started.elapsed() < Duration::from_mins(2),
                "{} of {wanted}",
                self.answered.load(Ordering::Relaxed)
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// How many were answered, if all were.
    async fn end(mut self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.people.join_next().await {
            ended.unwrap().unwrap();
        }
        self.answered.load(Ordering::Relaxed)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_one_of_two_workers_under_load_fails_nobody_and_it_comes_back_when_it_is_started_again() {
    let (one, other) = (worker(EngineOptions::default()), worker(EngineOptions::default()));
    let pool =
        pool(&[&one.address, &other.address], PoolOptions { watch_interval: Duration::from_millis(20), ..patient() });
    pool.watch();
    let load = Load::start(&pool, 8);
    load.more(200).await;
    let gone = one.kill();
    load.more(400).await;
    // Another takes its place: joins, and the dead one leaves.
    let third = worker(EngineOptions::default());
    pool.set_workers(&[&third.address, &other.address]).unwrap();
    load.more(100).await;
    other.kill();
    load.more(200).await;
    assert!(load.end().await >= 900);
    assert!(!pool.workers().iter().any(|worker| worker.starts_with(&gone)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_hangs_is_hedged_and_then_left_out() {
    // It takes connections and never says a word.
    let hanging = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", hanging.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((connection, _)) = hanging.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            open.push(connection);
        }
    });
    let well = worker(EngineOptions::default());
    let options = PoolOptions { first_hedge: Duration::from_millis(20), rest: Duration::from_mins(1), ..patient() };
    let pool = pool(&[&address, &well.address], options);
    for person in 0..60 {
        let started = Instant::now();
        assert_eq!(pool.recommend(of_person(person)).await.unwrap().len(), 10);
        assert!(started.elapsed() < Duration::from_secs(10), "hedged long before the time is over");
    }
    let hung = connections.load(Ordering::Relaxed);
    assert!((1..=12).contains(&hung), "of 60 requests {hung} went to the one that hangs, until it was left out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_has_too_much_to_do_is_passed_by() {
    let narrow = EngineOptions { queue_len: 1, batch_max: 1, batch_window: Duration::ZERO, ..EngineOptions::default() };
    let wide = EngineOptions { queue_len: 10_000, ..EngineOptions::default() };
    let (narrow, wide) = (worker(narrow), worker(wide));
    let pool = pool(&[&narrow.address, &wide.address], patient());
    let mut asked = JoinSet::new();
    for person in 0..300 {
        let pool = Arc::clone(&pool);
        asked.spawn(async move { pool.recommend(of_person(person)).await.map(|found| found.len()) });
    }
    while let Some(answer) = asked.join_next().await {
        assert_eq!(answer.unwrap().unwrap(), 10);
    }
    // Both did some of it.
    let metrics = reqwest::get(format!("{}/metrics", wide.address)).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("matinee_ai_batch_size_count"), "{metrics}");
}

#[tokio::test]
async fn everything_that_the_port_promises_comes_over_the_wire() {
    let worker = worker(EngineOptions::default());
    let pool = pool(&[&worker.address], patient());
    let here = world::engine(EngineOptions::default());
    let request = request((0..6).map(|film| rated(film, 5.0)).collect(), 10);
    assert_eq!(pool.recommend(request.clone()).await.unwrap(), here.recommend(request.clone()).await.unwrap());
    let movies: Vec<_> = [3, 25, 45].map(world::movie).into();
    let ranked = pool.rank(request.clone(), movies.clone()).await.unwrap();
    assert_eq!(ranked, here.rank(request.clone(), movies).await.unwrap());
    let explained = pool.explain(request.clone(), world::movie(25)).await.unwrap();
    assert_eq!(explained, here.explain(request, world::movie(25)).await.unwrap());
    assert_eq!(pool.similar(world::movie(2), 5).await.unwrap(), here.similar(world::movie(2), 5).await.unwrap());
    assert_eq!(pool.status().await.unwrap(), here.status().await.unwrap());
}
