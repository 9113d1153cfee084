//! A model beside the live one: it scores what was answered, changes no answer, and what is wrong with it concerns nobody.

use std::{sync::Arc, time::Duration};

use matinee_ai::{
    model::ModelDirectory,
    trainer::{TrainOptions, fit_and_write},
    worker::{Engine, EngineOptions},
};
use matinee_domain::MovieId;
use matinee_services::ports::{Recommender, ShadowReport, TrainingRating};
use tempfile::TempDir;

use crate::world::{self, movie, number, rated, request};

/// A folder with a live model, and another of these ratings.
fn two_models(ratings: &[TrainingRating]) -> (TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let live = world::train_into(folder.path(), 1).version;
    let later = world::now() + chrono::TimeDelta::seconds(1);
    let options = TrainOptions {
        make_live: false,
        hyperparameters: Some(world::HYPERPARAMETERS),
        ..TrainOptions::new(folder.path(), later)
    };
    let other = fit_and_write(ratings, &options, &|_| {}).unwrap().version;
    (folder, live, other)
}

fn open(folder: &TempDir) -> Engine {
    Engine::open(folder.path(), &world::ort_library(), EngineOptions::default()).unwrap()
}

async fn report(engine: &Engine) -> Option<ShadowReport> {
    engine.status().await.unwrap().shadow
}

/// Asks until so many requests were scored beside.
async fn until_scored(engine: &Engine, least: u64) -> ShadowReport {
    tokio::time::timeout(Duration::from_mins(1), async {
        for person in (0..20).cycle() {
            engine.recommend(request(vec![rated(person, 5.0), rated(person + 20, 1.0)], 20)).await.unwrap();
            if let Some(report) = report(engine).await.filter(|report| report.scored >= least) {
                return report;
            }
        }
        unreachable!("it goes round and round")
    })
    .await
    .expect("nothing was scored")
}

/// The same ratings of films of the other camp.
fn swapped(ratings: Vec<TrainingRating>) -> Vec<TrainingRating> {
    let other = |film: MovieId| match number(film) {
        everybodys @ 40.. => movie(everybodys),
        of_a_camp => movie((of_a_camp * 7 + 13) % 40),
    };
    ratings.into_iter().map(|rating| TrainingRating { movie: other(rating.movie), ..rating }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_of_the_same_ratings_agrees_wholly_and_one_of_others_does_not() {
    for (ratings, agrees) in [(world::ratings(1), true), (swapped(world::ratings(1)), false)] {
        let (folder, live, other) = two_models(&ratings);
        let directory = ModelDirectory::new(folder.path());
        let engine = open(&folder);
        let asked = request(vec![rated(0, 5.0)], 10);
        let before = engine.recommend(asked.clone()).await.unwrap();
        assert_eq!(report(&engine).await, None);
        directory.set_shadow(Some(&other)).unwrap();
        engine.reload_shadow();
        assert_eq!(engine.models_in_memory(), 2);
        let told = until_scored(&engine, 5).await;
        assert_eq!((told.version.as_str(), told.failed), (other.as_str(), 0));
        let (overlap, correlation) = (told.overlap_at_10.unwrap(), told.rank_correlation.unwrap());
        let is_whole = overlap > 0.999 && correlation > 0.999;
        assert_eq!(is_whole, agrees, "{told:?}");
        assert_eq!(engine.recommend(asked).await.unwrap(), before, "the live one answers");
        assert_eq!(engine.status().await.unwrap().version, Some(live));

        directory.set_shadow(None).unwrap();
        engine.reload_shadow();
        assert_eq!(report(&engine).await, None);
        let let_go = async {
            while engine.models_in_memory() > 1 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), let_go).await.expect("its thread lets it go");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn under_a_flood_answers_come_and_what_the_shadow_can_not_take_is_dropped() {
    let (folder, _, other) = two_models(&world::ratings(1));
    ModelDirectory::new(folder.path()).set_shadow(Some(&other)).unwrap();
    let engine = Arc::new(open(&folder));
    let asked = |person: u128| {
        let engine = Arc::clone(&engine);
        async move { engine.recommend(request(vec![rated(person % 40, 5.0)], 50)).await.unwrap().len() }
    };
    for wave in 0..200 {
        let answers = futures::future::join_all((0..40).map(|person| asked(wave + person))).await;
        assert!(answers.iter().all(|films| *films > 10));
        if report(&engine).await.unwrap().dropped > 0 {
            return;
        }
    }
    panic!("the queue has no end: {:?}", report(&engine).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_shadow_is_left_out_and_the_live_model_serves() {
    let (folder, live, other) = two_models(&world::ratings(2));
    ModelDirectory::new(folder.path()).set_shadow(Some(&other)).unwrap();
    std::fs::write(folder.path().join(&other).join("model.onnx"), b"no graph").unwrap();
    let engine = open(&folder);
    engine.reload_shadow();
    assert_eq!(engine.status().await.unwrap().version, Some(live));
    assert_eq!(report(&engine).await, None);
    std::fs::write(folder.path().join("shadow"), "../elsewhere\n").unwrap();
    engine.reload_shadow();
    assert!(!engine.recommend(request(vec![rated(0, 5.0)], 5)).await.unwrap().is_empty());
}
