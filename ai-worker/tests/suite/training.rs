//! Training: what it learns, and what it makes of bad input.

use std::sync::{Arc, Mutex};

use matinee_ai::trainer::{Progress, TrainError, TrainOptions, fit_and_write, train};
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
