//! Training: what it learns, and what it makes of bad input.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
};

use matinee_ai::{
    model::{BoundBy, ModelDirectory},
    trainer::{Choosing, Chosen, Progress, TrainError, TrainOptions, fit_and_write, train},
};
use matinee_services::ports::TrainingRating;

use crate::world;

#[tokio::test]
async fn training_reads_all_pages_chooses_settings_and_beats_popularity_for_everybody() {
    let directory = tempfile::tempdir().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    let ratings = world::ratings(1);
    let count = ratings.len() as u64;
    let manifest = train(
        &world::Repository(ratings),
        TrainOptions::new(directory.path(), world::now()),
        Arc::new(move |progress| log.lock().unwrap().push(progress)),
    )
    .await
    .unwrap();
    assert_eq!(manifest.data.ratings, count);
    assert_eq!(manifest.data.users, u64::try_from(world::PEOPLE).unwrap());
    assert_eq!(u128::from(manifest.movies), world::MOVIES);
    for known in ["1", "3", "5", "10", "all"] {
        let (model, popular) =
            (manifest.metrics[&format!("ndcg@10/{known}")], manifest.metrics[&format!("popularity/ndcg@10/{known}")]);
        assert!(model > popular, "{known} events: {model} against {popular}");
    }
    let heard = heard.lock().unwrap();
    assert!(heard.contains(&Progress::Reading { done: count, total: count }));
    assert_eq!(heard.last(), Some(&Progress::Writing));
}

#[test]
fn a_training_that_was_interrupted_goes_on_and_the_next_one_need_not_choose_again() {
    let directory = tempfile::tempdir().unwrap();
    let (ratings, heard) = (world::ratings(1), Mutex::new(Vec::new()));
    let train = |choosing, stop_at: u32| {
        heard.lock().unwrap().clear();
        let options = TrainOptions { choosing, ..TrainOptions::new(directory.path(), world::now()) };
        let progress = |progress| {
            if let Progress::Choosing { of, fit, most } = progress {
                assert!(fit <= most, "fit {fit} of {most} of {of}");
                assert!((of, fit) != (Chosen::Taste, stop_at), "interrupted");
                heard.lock().unwrap().push((of, fit));
            }
        };
        std::panic::catch_unwind(AssertUnwindSafe(|| fit_and_write(&ratings, &options, &progress).unwrap()))
    };
    assert!(train(Choosing::GoOn, 3).is_err());
    let first = train(Choosing::GoOn, 0).unwrap();
    assert_eq!(heard.lock().unwrap()[0], (Chosen::Taste, 3), "two had been tried");
    assert!(heard.lock().unwrap().iter().any(|(of, _)| *of == Chosen::Stars));
    std::fs::remove_dir_all(directory.path().join(&first.version)).unwrap();
    let second = train(Choosing::GoOn, 0).unwrap();
    assert!(heard.lock().unwrap().is_empty(), "all had been tried: {heard:?}");
    assert_eq!((second.hyperparameters, &second.metrics), (first.hyperparameters, &first.metrics));
    std::fs::remove_dir_all(directory.path().join(&second.version)).unwrap();
    train(Choosing::Anew, 0).unwrap();
    assert_eq!(heard.lock().unwrap()[0], (Chosen::Taste, 1));
}

#[tokio::test]
async fn films_beyond_the_bound_are_the_least_rated_and_the_manifest_says_what_is_left_out() {
    let directory = tempfile::tempdir().unwrap();
    let ratings = world::ratings(1);
    let options = TrainOptions {
        max_movies: Some(45),
        hyperparameters: Some(world::HYPERPARAMETERS),
        ..TrainOptions::new(directory.path(), world::now())
    };
    let manifest = fit_and_write(&ratings, &options, &|_| {}).unwrap();
    let bound = manifest.bound.unwrap();
    assert_eq!((manifest.movies, bound.max_movies, bound.by, bound.movies_left_out), (45, 45, BoundBy::Asked, 5));
    assert_eq!(manifest.data.ratings + bound.ratings_left_out, ratings.len() as u64);
    let told = bound.to_string();
    assert!(told.contains("Left out: 5 films") && told.contains("beyond 45, as asked for"), "{told}");
    let model = ModelDirectory::new(directory.path()).load_live().unwrap().unwrap();
    assert_eq!(model.manifest.bound, Some(bound), "whoever looks at the model later is told as well");
    let count = |movie| ratings.iter().filter(|rating| rating.movie == movie).count();
    let least = model.items.iter().map(|movie| count(*movie)).min().unwrap();
    let out = (0..world::MOVIES).map(world::movie).filter(|movie| !model.items.contains(movie));
    assert!(out.map(count).all(|count| count <= least));
}

#[tokio::test]
async fn without_a_bound_that_is_asked_for_a_small_catalogue_is_learnt_whole() {
    let directory = tempfile::tempdir().unwrap();
    let hyperparameters = Some(world::HYPERPARAMETERS);
    let options = TrainOptions { hyperparameters, ..TrainOptions::new(directory.path(), world::now()) };
    let bound = fit_and_write(&world::ratings(1), &options, &|_| {}).unwrap().bound.unwrap();
    assert!(bound.by != BoundBy::Asked && bound.movies_left_out == 0 && bound.ratings_left_out == 0, "{bound:?}");
    assert!(bound.to_string().contains("All rated films are in it"), "{bound}");
}

#[tokio::test]
async fn without_ratings_there_is_no_model_and_the_reason_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let options = TrainOptions::new(directory.path(), world::now());
    let error = train(&world::Repository(Vec::new()), options, Arc::new(|_| {})).await.unwrap_err();
    assert!(matches!(error, TrainError::NoRatings), "{error}");
}

#[tokio::test]
async fn one_rating_is_enough_for_a_model() {
    let directory = tempfile::tempdir().unwrap();
    let ratings = world::ratings(1).into_iter().take(1).collect();
    let options = TrainOptions::new(directory.path(), world::now());
    let manifest = train(&world::Repository(ratings), options, Arc::new(|_| {})).await.unwrap();
    assert_eq!((manifest.movies, manifest.hyperparameters.rank), (1, 1));
}

#[tokio::test]
async fn a_person_with_a_million_ratings_is_one_person() {
    let directory = tempfile::tempdir().unwrap();
    let first = world::ratings(1)[0];
    let many =
        (0..1_000_000_u128).map(|at| TrainingRating { movie: world::movie(at % 40), ..first }).collect::<Vec<_>>();
    let hyperparameters = Some(world::HYPERPARAMETERS);
    let options = TrainOptions { hyperparameters, ..TrainOptions::new(directory.path(), world::now()) };
    let manifest = fit_and_write(&[world::ratings(1), many].concat(), &options, &|_| {}).unwrap();
    assert_eq!(u128::from(manifest.data.users), world::PEOPLE);
    assert_eq!(u128::from(manifest.movies), world::MOVIES);
}
