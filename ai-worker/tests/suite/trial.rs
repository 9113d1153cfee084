//! A model on trial: it answers those who want it, nobody else, and where it can't the live one does.

use std::sync::Arc;

use matinee_ai::{
    model::ModelDirectory,
    pool::{PoolOptions, RemoteRecommender},
    trainer::{TrainOptions, fit_and_write},
    worker::{Engine, EngineOptions},
};
use matinee_domain::MovieId;
use matinee_services::ports::{RankedBy, RecommendRequest, Recommender};
use tempfile::TempDir;

use crate::{
    workers::Running,
    world::{self, movie, number, rated, request},
};

/// A folder with a live model, and another for which the other camp's films are each camp's own.
fn two_models() -> (TempDir, ModelDirectory, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let live = world::train_into(folder.path(), 1).version;
    let options = TrainOptions {
        make_live: false,
        hyperparameters: Some(world::HYPERPARAMETERS),
        ..TrainOptions::new(folder.path(), world::now() + chrono::TimeDelta::seconds(1))
    };
    let mut ratings = world::ratings(1);
    for rating in &mut ratings {
        // Films of one's own camp from the eleventh on change places with those of the other.
        let film = number(rating.movie);
        if film < 40 && film % 20 >= 10 {
            rating.movie = movie((film + 20) % 40);
        }
    }
    let other = fit_and_write(&ratings, &options, &|_| {}).unwrap().version;
    let directory = ModelDirectory::new(folder.path());
    (folder, directory, live, other)
}

fn open(folder: &TempDir) -> Engine {
    Engine::open(folder.path(), &world::ort_library(), EngineOptions::default()).unwrap()
}

fn wanting(model: &str, limit: u32) -> RecommendRequest {
    RecommendRequest { model: Some(model.to_owned()), ..request(vec![rated(0, 5.0), rated(1, 5.0)], limit) }
}

/// The part of the first ten films that are of this camp's second half.
fn of_second_half(answer: &RankedBy, camp: u128) -> usize {
    let films = answer.movies.iter().take(10).map(|film| number(film.movie));
    films.filter(|film| (camp + 10..camp + 20).contains(film)).count()
}

async fn check(recommender: &dyn Recommender, live: &str, other: &str) {
    let by = async |request: RecommendRequest| recommender.recommend_by(request).await.unwrap();
    let (of_live, of_other) =
        (by(RecommendRequest { model: None, ..wanting("", 10) }).await, by(wanting(other, 10)).await);
    assert_eq!((of_live.version.as_deref(), of_other.version.as_deref()), (Some(live), Some(other)));
    assert!(of_second_half(&of_live, 0) > of_second_half(&of_live, 20), "{of_live:?}");
    assert!(of_second_half(&of_other, 20) > of_second_half(&of_other, 0), "{of_other:?}");
    for not_on_trial in [live, "20260101T000000Z-00000000"] {
        assert_eq!(by(wanting(not_on_trial, 10)).await, of_live, "the live one answers");
    }
    // What is known of nobody comes from memory, by model too.
    let nobody = by(RecommendRequest { events: Vec::new(), ..wanting(other, 5) }).await;
    assert_eq!((nobody.version.as_deref(), nobody.movies.len()), (Some(other), 5));
    // Ranking named films and explaining one go by the same model.
    let films: Vec<MovieId> = of_other.movies.iter().map(|film| film.movie).collect();
    let ranked = recommender.rank(wanting(other, 1), films).await.unwrap();
    assert_eq!(ranked, of_other);
    let first = recommender.explain(wanting(other, 1), of_other.movies[0].movie).await.unwrap();
    assert!((first.score - of_other.movies[0].score).abs() < 1e-6);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_the_model_on_trial_gets_its_list_and_everybody_else_the_live_ones() {
    let (folder, directory, live, other) = two_models();
    directory.set_trial(Some(&other)).unwrap();
    let engine = Arc::new(open(&folder));
    assert_eq!((engine.models_in_memory(), engine.status().await.unwrap().on_trial), (2, Some(other.clone())));
    check(engine.as_ref(), &live, &other).await;

    // Over the wire the same.
    let worker = Running::start(Arc::clone(&engine));
    let pool = RemoteRecommender::new(&[&worker.address], PoolOptions::default()).unwrap();
    check(&pool, &live, &other).await;

    directory.set_trial(None).unwrap();
    engine.reload_trial();
    assert_eq!((engine.models_in_memory(), engine.status().await.unwrap().on_trial), (1, None));
    let after = pool.recommend_by(wanting(&other, 10)).await.unwrap();
    assert_eq!(after.version, Some(live), "the trial is over");
    assert_eq!(after.movies.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_on_trial_that_is_damaged_leaves_the_live_one_answering() {
    let (folder, directory, live, other) = two_models();
    directory.set_trial(Some(&other)).unwrap();
    std::fs::write(folder.path().join(&other).join("model.onnx"), b"no graph").unwrap();
    let engine = open(&folder);
    let answer = engine.recommend_by(wanting(&other, 5)).await.unwrap();
    assert_eq!((answer.version.as_ref(), answer.movies.len()), (Some(&live), 5));
    assert_eq!(engine.models_in_memory(), 1);
    std::fs::write(folder.path().join("trial"), "../elsewhere\n").unwrap();
    engine.reload_trial();
    assert_eq!(engine.status().await.unwrap().version, Some(live));
    assert!(directory.set_trial(Some(&other)).is_err(), "it is not put on trial in the first place");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_begins_and_ends_under_load_without_a_failed_request() {
    let (folder, directory, _, other) = two_models();
    let engine = Arc::new(open(&folder));
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let people: Vec<_> = (0..6)
        .map(|_| {
            let (engine, stop, other) = (Arc::clone(&engine), Arc::clone(&stop), other.clone());
            tokio::spawn(async move {
                let (mut on_trial, mut live) = (0, 0);
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    let answer = engine.recommend_by(wanting(&other, 10)).await.unwrap();
                    assert_eq!(answer.movies.len(), 10);
                    let is_of_trial = of_second_half(&answer, 20) > of_second_half(&answer, 0);
                    assert_eq!(answer.version.as_ref() == Some(&other), is_of_trial, "who answered is what is said");
                    if is_of_trial { on_trial += 1 } else { live += 1 }
                }
                (on_trial, live)
            })
        })
        .collect();
    let reload = async |pointer: Option<&str>| {
        directory.set_trial(pointer).unwrap();
        let reloading = Arc::clone(&engine);
        tokio::task::spawn_blocking(move || reloading.reload_trial()).await.unwrap();
        // Others go on meanwhile.
        for _ in 0..50 {
            engine.recommend(wanting(&other, 10)).await.unwrap();
        }
    };
    for _ in 0..3 {
        reload(Some(&other)).await;
        reload(None).await;
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut sums = (0, 0);
    for person in people {
        let (on_trial, live) = person.await.unwrap();
        sums = (sums.0 + on_trial, sums.1 + live);
    }
    assert!(sums.0 > 0 && sums.1 > 0, "{sums:?}");
    assert_eq!(engine.models_in_memory(), 1);
}
