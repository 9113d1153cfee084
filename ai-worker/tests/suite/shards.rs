//! Films in parts: several workers together say what one would.

use std::{
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use matinee_ai::{
    model::ModelDirectory,
    pool::{PoolOptions, RemoteRecommender},
    trainer::{TrainOptions, fit_and_write},
    worker::{Engine, EngineOptions},
};
use matinee_domain::MovieId;
use matinee_services::ports::{RecommendRequest, Recommender, RecommenderError, ScoredMovie, Shard};
use tokio::net::TcpListener;

use crate::{
    workers::Running,
    world::{self, rated, request},
};

fn open(models: &Path, shard: Option<&str>) -> Arc<Engine> {
    let shard = shard.map(|text| text.parse::<Shard>().unwrap());
    Arc::new(Engine::open(models, &world::ort_library(), EngineOptions { shard, ..EngineOptions::default() }).unwrap())
}

fn workers(models: &Path, of: u16) -> Vec<Running> {
    (1..=of).map(|part| Running::start(open(models, Some(&format!("{part}/{of}"))))).collect()
}

fn pool(workers: &[Running]) -> Arc<RemoteRecommender> {
    let addresses: Vec<_> = workers.iter().map(|worker| worker.address.as_str()).collect();
    let options = PoolOptions {
        timeout: Duration::from_secs(20),
        rest: Duration::from_mins(1),
        first_hedge: Duration::from_secs(10),
        ..PoolOptions::default()
    };
    Arc::new(RemoteRecommender::new(&addresses, options).unwrap())
}

fn requests() -> Vec<RecommendRequest> {
    let of = |films: &[u128], limit| request(films.iter().map(|film| rated(*film, 5.0)).collect(), limit);
    let mut hiding = of(&[2, 7], 30);
    hiding.hidden = (8..30).map(world::movie).collect();
    vec![of(&[0, 1, 2], 10), of(&[25, 3, 45], 50), of(&[], 20), of(&[5], 1), hiding]
}

/// The same model, as one graph and with films that are scanned.
fn models() -> [tempfile::TempDir; 2] {
    [usize::MAX, 1].map(|scan_from| {
        let folder = tempfile::tempdir().unwrap();
        let hyperparameters = Some(world::HYPERPARAMETERS);
        let options = TrainOptions { scan_from, hyperparameters, ..TrainOptions::new(folder.path(), world::now()) };
        fit_and_write(&world::ratings(1), &options, &|_| {}).unwrap();
        folder
    })
}

fn ids(films: &[ScoredMovie]) -> Vec<MovieId> {
    films.iter().map(|film| film.movie).collect()
}

/// The same films in the same order with the same terms, but for what adding up in another order does to the last bits.
#[track_caller]
fn assert_same(found: &[ScoredMovie], expected: &[ScoredMovie]) {
    assert_eq!(ids(found), ids(expected));
    for (one, other) in found.iter().zip(expected) {
        assert!((one.score - other.score).abs() < 1e-5, "{one:?} {other:?}");
        assert_eq!(one.terms.len(), other.terms.len(), "{one:?} {other:?}");
        for (term, of_other) in one.terms.iter().zip(&other.terms) {
            assert!((term.value - of_other.value).abs() < 1e-5, "{one:?} {other:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_best_of_all_parts_are_those_of_one_worker_with_all_films() {
    for folder in models() {
        let whole = open(folder.path(), None);
        for of in [2, 3, 7] {
            let parts = workers(folder.path(), of);
            let pool = pool(&parts);
            for request in requests() {
                let (one, other) = (whole.recommend_by(request.clone()), pool.recommend_by(request.clone()));
                let (one, other) = (one.await.unwrap(), other.await.unwrap());
                assert_eq!((other.version, other.movies.len()), (one.version, one.movies.len()), "{of} parts");
                assert_same(&other.movies, &one.movies);
                let named: Vec<_> = [3, 25, 45, 11].map(world::movie).into();
                let ranked = pool.rank(request.clone(), named.clone()).await.unwrap();
                let by_whole = whole.rank(request.clone(), named).await.unwrap();
                assert!(ranked.version.is_some() && ranked.version == by_whole.version);
                assert_same(&ranked.movies, &by_whole.movies);
                let explained = pool.explain(request.clone(), world::movie(41)).await.unwrap();
                assert_same(&[explained], &[whole.explain(request, world::movie(41)).await.unwrap()]);
            }
            assert_eq!(
                pool.similar(world::movie(2), 5).await.unwrap(),
                whole.similar(world::movie(2), 5).await.unwrap()
            );
            let nowhere = pool.explain(requests().remove(0), MovieId(uuid::Uuid::from_u128(7))).await;
            assert!(matches!(nowhere, Err(RecommenderError::UnknownMovie(_))), "{nowhere:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_one_part_the_films_of_the_others_come_and_all_again_when_it_is_back() {
    let [folder, _] = models();
    let whole = open(folder.path(), None);
    let mut parts = workers(folder.path(), 3);
    let pool = pool(&parts);
    let asked = requests().remove(1);
    let all = ids(&whole.recommend(asked.clone()).await.unwrap());
    assert_eq!(ids(&pool.recommend(asked.clone()).await.unwrap()), all);

    parts.remove(1).kill();
    let model = ModelDirectory::new(folder.path()).load_live().unwrap().unwrap();
    let gone: Vec<_> = "2/3".parse::<Shard>().unwrap().films(model.items.len()).map(|item| model.items[item]).collect();
    let left: Vec<_> = all.iter().filter(|film| !gone.contains(film)).copied().collect();
    assert!(left.len() < all.len() && !left.is_empty());
    for _ in 0..3 {
        assert_eq!(ids(&pool.recommend(asked.clone()).await.unwrap()), left);
    }
    // Another worker takes the part.
    parts.push(Running::start(open(folder.path(), Some("2/3"))));
    let addresses: Vec<_> = parts.iter().map(|worker| worker.address.as_str()).collect();
    pool.set_workers(&addresses).unwrap();
    pool.watch();
    let all_again = async {
        while ids(&pool.recommend(asked.clone()).await.unwrap()) != all {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all_again).await.expect("it is asked once it is known");
    drop(parts);
    assert!(pool.recommend(asked).await.is_err(), "with nobody left, whoever asks falls back");
}

/// A worker that says it is ready and has the second of two parts, and answers nothing else. Returns its address.
async fn hanging() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let ready = get(|| async { [("x-shard", "2/2")] });
    let worker = Router::new().route("/readyz", ready).fallback(std::future::pending::<()>);
    tokio::spawn(async move { axum::serve(listener, worker).await });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_hangs_holds_an_answer_up_for_the_time_that_it_may_take_and_is_left_out_soon() {
    let [folder, _] = models();
    let well = Running::start(open(folder.path(), Some("1/2")));
    let timeout = Duration::from_secs(1);
    let options = PoolOptions {
        timeout,
        first_hedge: Duration::from_millis(20),
        rest: Duration::from_mins(1),
        ..PoolOptions::default()
    };
    let pool = RemoteRecommender::new(&[hanging().await, well.address.clone()], options).unwrap();
    let asked = requests().remove(1);
    let model = ModelDirectory::new(folder.path()).load_live().unwrap().unwrap();
    let first: Vec<_> =
        "1/2".parse::<Shard>().unwrap().films(model.items.len()).map(|item| model.items[item]).collect();
    let mut there = ids(&open(folder.path(), None).recommend(asked.clone()).await.unwrap());
    there.retain(|film| first.contains(film));
    let ask = async || {
        let started = Instant::now();
        assert_eq!(ids(&pool.recommend(asked.clone()).await.unwrap()), there);
        started.elapsed()
    };
    for _ in 0..4 {
        // The first time it is found out besides that there are parts, within the same time.
        assert!(ask().await < timeout * 3 / 2);
    }
    assert!(ask().await < timeout / 2, "nobody waits for it any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_on_trial_that_one_part_does_not_have_is_answered_for_by_the_live_one_whole() {
    let [folder, _] = models();
    let live = ModelDirectory::new(folder.path()).lookup_live().unwrap().unwrap();
    let options = TrainOptions {
        make_live: false,
        hyperparameters: Some(world::HYPERPARAMETERS),
        ..TrainOptions::new(folder.path(), world::now() + chrono::TimeDelta::seconds(1))
    };
    let other = fit_and_write(&world::ratings(2), &options, &|_| {}).unwrap().version;
    let engines = ["1/2", "2/2"].map(|shard| open(folder.path(), Some(shard)));
    let parts: Vec<_> = engines.iter().map(|engine| Running::start(Arc::clone(engine))).collect();
    let pool = pool(&parts);
    let wanting = RecommendRequest { model: Some(other.clone()), ..requests().remove(1) };
    ModelDirectory::new(folder.path()).set_trial(Some(&other)).unwrap();
    engines[0].reload_trial();
    let answer = pool.recommend_by(wanting.clone()).await.unwrap();
    let whole = open(folder.path(), None);
    let of_live = whole.recommend(RecommendRequest { model: None, ..wanting.clone() }).await.unwrap();
    assert_eq!(answer.version, Some(live));
    assert_same(&answer.movies, &of_live);
    engines[1].reload_trial();
    let answer = pool.recommend_by(wanting.clone()).await.unwrap();
    assert_eq!(answer.version, Some(other));
    assert_same(&answer.movies, &whole.recommend_by(wanting).await.unwrap().movies);
}

#[test]
fn a_part_that_there_is_not_is_refused_with_what_would_be_right() {
    for wrong in ["4/3", "0/2", "1/1", "2", "one/two"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_matinee-ai"));
        let output = command.args(["serve", "--models", "nowhere", "--shard", wrong]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(wrong) && said.contains("look like 2/3"), "{said}");
    }
}
