//! Another model takes over under load: nobody fails, no answer mixes two item maps, and the old one is let go.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use matinee_ai::{
    model::ModelDirectory,
    pool::{PoolOptions, RemoteRecommender},
    trainer::{TrainOptions, fit_and_write},
    worker::{Engine, EngineOptions},
};
use matinee_domain::{Event, MovieId};
use matinee_services::ports::{Recommender, TrainingRating};
use tokio::task::JoinSet;

use crate::{
    workers::Running,
    world::{self, movie, rated, request},
};

/// The world's ratings, of films that are all others.
fn elsewhere(ratings: Vec<TrainingRating>) -> Vec<TrainingRating> {
    let shift = |movie: MovieId| world::elsewhere(Event { movie, ..rated(0, 5.0) }).movie;
    ratings.into_iter().map(|rating| TrainingRating { movie: shift(rating.movie), ..rating }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn models_change_under_load_without_a_failed_or_a_mixed_answer_and_one_stays_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let first = world::train_into(directory.path(), 1).version;
    let hyperparameters = Some(world::HYPERPARAMETERS);
    let options =
        TrainOptions { make_live: false, hyperparameters, ..TrainOptions::new(directory.path(), world::now()) };
    let second = fit_and_write(&elsewhere(world::ratings(2)), &options, &|_| {}).unwrap().version;
    let models = ModelDirectory::new(directory.path());
    let (here, there): (HashSet<_>, HashSet<_>) = (
        models.load(&first).unwrap().items.into_iter().collect(),
        models.load(&second).unwrap().items.into_iter().collect(),
    );
    assert!(here.is_disjoint(&there));

    let engine =
        Engine::open(directory.path(), &world::ort_library(), EngineOptions { threads: 2, ..EngineOptions::default() });
    let engine = Arc::new(engine.unwrap());
    let worker = Running::start(Arc::clone(&engine));
    let pool_options = PoolOptions { timeout: Duration::from_secs(30), ..PoolOptions::default() };
    let pool = Arc::new(RemoteRecommender::new(&[&worker.address], pool_options).unwrap());
    let (stop, answers) = (Arc::new(AtomicBool::new(false)), Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]));
    let mut people = JoinSet::new();
    for person in 0..6 {
        let (pool, stop, answers) = (Arc::clone(&pool), Arc::clone(&stop), Arc::clone(&answers));
        let sets = [here.clone(), there.clone()];
        people.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                // Nobody of whom nothing is known, one who is known to one model, one who is known to both.
                let known = [rated(person, 5.0), world::elsewhere(rated(person + 1, 4.0))];
                let events = known.into_iter().take(usize::try_from(person % 3).unwrap()).collect();
                let found = pool.recommend(request(events, 20)).await.unwrap();
                let by_model = sets.each_ref().map(|set| found.iter().filter(|film| set.contains(&film.movie)).count());
                match by_model {
                    [20, 0] => answers[0].fetch_add(1, Ordering::Relaxed),
                    [0, 20] => answers[1].fetch_add(1, Ordering::Relaxed),
                    mixed => panic!("films of both models in one answer: {mixed:?}"),
                };
            }
        });
    }
    let enough = async |model: usize, count: usize| {
        let (wanted, started) = (answers[model].load(Ordering::Relaxed) + count, Instant::now());
        while answers[model].load(Ordering::Relaxed) < wanted {
            assert!(started.elapsed() < Duration::from_mins(2));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    enough(0, 30).await;
    for (version, model) in [(&second, 1), (&first, 0)].into_iter().cycle().take(6) {
        models.set_live(version).unwrap();
        let engine = Arc::clone(&engine);
        assert_eq!(
            tokio::task::spawn_blocking(move || engine.reload()).await.unwrap().unwrap().as_ref(),
            Some(version)
        );
        enough(model, 30).await;
        // Every answer of the old one is out by now, and with the last of them it went.
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = people.join_next().await {
        ended.unwrap();
    }
    assert_eq!(engine.models_in_memory(), 1);
    assert!(
        matches!(engine.similar(world::elsewhere(rated(3, 1.0)).movie, 3).await, Err(error) if error.to_string().contains("does not know"))
    );
    assert_eq!(engine.similar(movie(3), 3).await.unwrap().len(), 3);
}
