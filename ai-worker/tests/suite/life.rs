//! A model's life: judged, promoted, refused with its numbers, gone back from; and the live one stays whatever goes wrong.

use std::{collections::HashSet, sync::Arc};

use matinee_ai::{
    life::{Gate, Golden, Life, LifeError, Promotion, TrialEnd, Verdict, is_held_out},
    model::ModelDirectory,
    trainer::{TrainOptions, fit_and_write},
    worker::{Engine, EngineOptions, OnnxRuntime},
};
use matinee_domain::{MovieId, UserId};
use matinee_services::ports::{ModelState, TrainingRating};
use matinee_store::{Store, StoreOptions};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use tempfile::TempDir;

use crate::world::{self, movie, now, number};

/// A folder of models, a registry in a database, and the world's people to judge by.
struct Place {
    folder: TempDir,
    life: Life,
    people: world::Repository,
    runtime: OnnxRuntime,
}

/// One person in so many is left out of training.
const ONE_IN: u32 = 4;

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("matinee.db");
        let store = Store::connect(database.to_str().unwrap(), StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        let life = Life::new(Arc::new(store), ModelDirectory::new(folder.path().join("models")));
        let runtime = OnnxRuntime::load(&world::ort_library()).unwrap();
        Self { folder, life, people: world::Repository(world::ratings(1)), runtime }
    }

    /// A candidate of these ratings.
    async fn train(&self, ratings: &[TrainingRating], seconds: i64) -> String {
        let options = TrainOptions {
            make_live: false,
            held_out_one_in: Some(ONE_IN),
            hyperparameters: Some(world::HYPERPARAMETERS),
            ..TrainOptions::new(self.life.directory.path(), now() + chrono::TimeDelta::seconds(seconds))
        };
        let name = fit_and_write(ratings, &options, &|_| {}).unwrap().version;
        self.life.register(&name, ModelState::Candidate, options.now).await.unwrap();
        name
    }

    async fn judge(&self, name: &str, golden: Vec<Golden>) -> Verdict {
        // A busy machine must not decide.
        let gate = Gate { latency_ratio: 1_000.0, ..Gate::default() };
        self.life.judge(&self.runtime, &self.people, name, gate, golden).await.unwrap()
    }

    async fn promote(&self, name: &str, seconds: i64) -> Promotion {
        let verdict = self.judge(name, Vec::new()).await;
        self.life.promote(name, verdict, false, now() + chrono::TimeDelta::seconds(seconds)).await.unwrap()
    }

    async fn live(&self) -> Option<String> {
        let registered = self.life.registry.lookup_live_model().await.unwrap().map(|model| model.name);
        assert_eq!(registered, self.life.directory.lookup_live().unwrap(), "registry and pointer agree");
        registered
    }

    async fn state(&self, name: &str) -> ModelState {
        self.life.registry.lookup_model(name).await.unwrap().unwrap().state
    }
}

/// The same ratings, each of a film of either camp: there is no taste left to learn.
fn tasteless(ratings: Vec<TrainingRating>) -> Vec<TrainingRating> {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut anywhere = |film: MovieId| match number(film) {
        everybodys @ 40.. => movie(everybodys),
        of_a_camp => movie((of_a_camp + 20 * rng.random_range(0..2_u128)) % 40),
    };
    ratings.into_iter().map(|rating| TrainingRating { movie: anywhere(rating.movie), ..rating }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_better_or_equal_model_goes_live_and_a_worse_one_is_refused_with_its_numbers() {
    let place = Place::new().await;
    let first = place.train(&world::ratings(1), 0).await;
    assert!(matches!(place.promote(&first, 1).await, Promotion::Live(_)));
    assert_eq!(place.live().await, Some(first.clone()));

    let worse = place.train(&tasteless(world::ratings(1)), 2).await;
    let Promotion::Refused(verdict) = place.promote(&worse, 3).await else { panic!("it is worse") };
    let difference = verdict.difference.unwrap();
    assert!(difference.high < 0.0 && verdict.people >= 20, "{verdict:?}");
    assert!(verdict.checks[0].numbers.contains("95 %") && !verdict.checks[0].passed, "{:?}", verdict.checks);
    let stars = verdict.checks.iter().find(|check| check.name == "predicted stars").unwrap();
    assert!(stars.numbers.contains("95 %"), "{stars:?}");
    assert_eq!((place.live().await, place.state(&worse).await), (Some(first.clone()), ModelState::Refused));
    let kept = place.life.registry.lookup_model(&worse).await.unwrap().unwrap().verdict.unwrap();
    assert_eq!(serde_json::from_str::<Verdict>(&kept).unwrap().people, verdict.people);

    let equal = place.train(&world::ratings(1), 4).await;
    assert!(matches!(place.promote(&equal, 5).await, Promotion::Live(_)));
    assert_eq!((place.live().await, place.state(&first).await), (Some(equal.clone()), ModelState::Retired));

    assert_eq!(place.life.roll_back(None, now() + chrono::TimeDelta::seconds(6)).await.unwrap(), first);
    assert_eq!((place.live().await, place.state(&equal).await), (Some(first.clone()), ModelState::Retired));
    // Back and forth: the one that was live last.
    assert_eq!(place.life.roll_back(None, now() + chrono::TimeDelta::seconds(7)).await.unwrap(), equal);
    assert!(matches!(place.life.roll_back(Some("x"), now()).await, Err(LifeError::Unknown(_))));
    assert_eq!(place.live().await, Some(equal));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_golden_query_that_is_not_answered_refuses_a_model_and_force_makes_it_live_all_the_same() {
    let place = Place::new().await;
    let name = place.train(&world::ratings(1), 0).await;
    let golden = |name: &str, expected: Vec<MovieId>, liked| Golden {
        name: name.to_owned(),
        liked: vec![liked],
        expect_one_of: expected,
        within: 10,
    };
    let good = golden("the camp's own", (1..20).map(movie).collect(), movie(0));
    let bad = golden("a film that isn't there", vec![MovieId(uuid::Uuid::from_u128(7))], movie(0));
    let unknown = golden("somebody's favourite", vec![movie(1)], MovieId(uuid::Uuid::from_u128(7)));
    assert!(place.judge(&name, vec![good.clone()]).await.passed());
    let verdict = place.judge(&name, vec![good, bad, unknown]).await;
    let failed: Vec<_> = verdict.checks.iter().filter(|check| !check.passed).map(|check| check.name.as_str()).collect();
    assert_eq!(failed, ["golden: a film that isn't there", "golden: somebody's favourite"]);
    let refused = place.life.promote(&name, verdict.clone(), false, now()).await.unwrap();
    assert!(matches!(refused, Promotion::Refused(_)));
    assert_eq!(place.live().await, None);
    let forced = place.life.promote(&name, verdict, true, now()).await.unwrap();
    assert!(matches!(forced, Promotion::Live(_)));
    assert_eq!(place.live().await, Some(name));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_candidate_is_an_error_and_the_live_model_stays() {
    let place = Place::new().await;
    assert!(matches!(place.life.roll_back(None, now()).await, Err(LifeError::NothingBefore)));
    let first = place.train(&world::ratings(1), 0).await;
    place.promote(&first, 1).await;
    let second = place.train(&world::ratings(2), 2).await;
    std::fs::write(place.life.directory.path().join(&second).join("model.onnx"), b"no graph").unwrap();
    let judged = place.life.judge(&place.runtime, &place.people, &second, Gate::default(), Vec::new()).await;
    assert!(judged.unwrap_err().to_string().contains("model.onnx"));
    let rolled = place.life.roll_back(Some(&second), now()).await.unwrap_err();
    assert!(rolled.to_string().contains("damaged"), "{rolled}");
    assert_eq!(place.live().await, Some(first.clone()));
    // A worker that follows a registry to files which it doesn't have keeps what it has.
    place.life.registry.set_model_state(&second, ModelState::Live, None, now()).await.unwrap();
    assert!(place.life.follow().await.is_err());
    assert_eq!(place.life.directory.lookup_live().unwrap(), Some(first.clone()));
    place.life.registry.set_model_state(&first, ModelState::Live, None, now()).await.unwrap();
    assert!(!place.life.follow().await.unwrap());
    let engine = Engine::open(place.life.directory.path(), &world::ort_library(), EngineOptions::default()).unwrap();
    assert_eq!(engine.manifest().unwrap().version, first);
    assert!(place.folder.path().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_model_at_a_time_is_the_shadow_and_never_the_live_one() {
    let place = Place::new().await;
    let (first, second, third) = (
        place.train(&world::ratings(1), 0).await,
        place.train(&world::ratings(1), 1).await,
        place.train(&world::ratings(1), 2).await,
    );
    place.promote(&first, 3).await;
    assert!(matches!(place.life.shadow(&first, now()).await, Err(LifeError::IsLive(_))));
    assert!(place.life.shadow("x", now()).await.is_err());
    place.life.shadow(&second, now()).await.unwrap();
    place.life.shadow(&third, now()).await.unwrap();
    let pointer = || place.life.directory.lookup_shadow().unwrap();
    assert_eq!((place.state(&second).await, pointer()), (ModelState::Candidate, Some(third.clone())));

    // A worker of another folder goes where the registry says.
    place.life.directory.set_shadow(None).unwrap();
    place.life.follow().await.unwrap();
    assert_eq!(pointer(), Some(third.clone()));
    assert_eq!(place.life.end_shadow(now()).await.unwrap(), Some(third.clone()));
    assert_eq!((place.state(&third).await, pointer()), (ModelState::Candidate, None));
    assert_eq!(place.life.end_shadow(now()).await.unwrap(), None);

    place.life.shadow(&third, now()).await.unwrap();
    assert!(matches!(place.promote(&third, 4).await, Promotion::Live(_)));
    assert_eq!((place.live().await, pointer()), (Some(third), None), "who is live is no shadow any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_goes_where_the_registry_says_and_a_model_of_before_the_registry_is_taken_in() {
    let place = Place::new().await;
    let old = world::train_into(place.life.directory.path(), 1).version;
    place.life.adopt(now()).await.unwrap();
    assert_eq!(place.live().await, Some(old.clone()));
    let new = place.train(&world::ratings(2), 1).await;
    place.life.registry.set_model_state(&new, ModelState::Live, None, now()).await.unwrap();
    assert!(place.life.follow().await.unwrap());
    assert_eq!(place.live().await, Some(new));
    assert_eq!(place.state(&old).await, ModelState::Retired);
}

#[test]
fn who_is_held_out_takes_no_part_in_training() {
    let directory = tempfile::tempdir().unwrap();
    let options = TrainOptions {
        held_out_one_in: Some(ONE_IN),
        hyperparameters: Some(world::HYPERPARAMETERS),
        ..TrainOptions::new(directory.path(), now())
    };
    let manifest = fit_and_write(&world::ratings(1), &options, &|_| {}).unwrap();
    let people: HashSet<UserId> = world::ratings(1).into_iter().map(|rating| rating.user).collect();
    let held_out = people.iter().filter(|user| is_held_out(**user, ONE_IN)).count();
    assert!((30..90).contains(&held_out), "{held_out} of {}", people.len());
    assert_eq!(usize::try_from(manifest.data.users).unwrap(), people.len() - held_out);
    assert_eq!(manifest.held_out_one_in, Some(ONE_IN));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_is_of_one_model_beside_the_live_one_and_nothing_is_promoted_while_it_runs() {
    let place = Place::new().await;
    let first = place.train(&world::ratings(1), 0).await;
    let start = async |name: &str, share| place.life.start_trial(name, share, now()).await;
    assert!(matches!(start(&first, 0.2).await, Err(LifeError::NoLive)));
    place.promote(&first, 1).await;
    let (second, third) = (place.train(&world::ratings(1), 2).await, place.train(&world::ratings(1), 3).await);
    for share in [0.0, 1.0, -0.5, 20.0, f64::NAN] {
        assert!(matches!(start(&second, share).await, Err(LifeError::Share(_))), "{share}");
    }
    for unknown in ["x", "../models", ""] {
        let refused = start(unknown, 0.2).await;
        assert!(matches!(&refused, Err(LifeError::Unknown(name)) if name == unknown), "{refused:?}");
    }
    assert!(matches!(start(&first, 0.2).await, Err(LifeError::IsLive(_))));
    let pointer = || place.life.directory.lookup_trial().unwrap();
    assert_eq!(pointer(), None);

    place.life.shadow(&second, now()).await.unwrap();
    let trial = start(&second, 0.2).await.unwrap();
    assert_eq!((trial.against.as_str(), trial.share_permille, pointer()), (first.as_str(), 200, Some(second.clone())));
    assert_eq!(place.life.directory.lookup_shadow().unwrap(), None, "it is not in memory twice");
    let other = start(&third, 0.2).await;
    assert!(matches!(&other, Err(LifeError::TrialRuns(name)) if *name == second), "{other:?}");
    let verdict = place.judge(&third, Vec::new()).await;
    assert!(matches!(place.life.promote(&third, verdict, true, now()).await, Err(LifeError::TrialRuns(_))));
    assert_eq!(place.live().await, Some(first.clone()));

    // A worker of another folder goes where the database says.
    place.life.directory.set_trial(None).unwrap();
    place.life.follow().await.unwrap();
    assert_eq!(pointer(), Some(second.clone()));
    let ended = place.life.end_trial(TrialEnd::LiveStays, now()).await.unwrap().unwrap();
    assert_eq!((ended.id, ended.ended_at, pointer()), (trial.id, Some(now()), None));
    assert_eq!(place.life.end_trial(TrialEnd::LiveStays, now()).await.unwrap(), None);
    assert_eq!(place.live().await, Some(first.clone()));

    start(&third, 0.5).await.unwrap();
    place.life.end_trial(TrialEnd::Promoted, now()).await.unwrap();
    assert_eq!((place.live().await, place.state(&first).await), (Some(third.clone()), ModelState::Retired));

    // Going back is always possible.
    start(&second, 0.5).await.unwrap();
    assert_eq!(place.life.roll_back(None, now()).await.unwrap(), first);
    assert_eq!((place.life.trials.lookup_running_trial().await.unwrap(), pointer()), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_whose_model_is_damaged_meanwhile_goes_on_rather_than_promote_it() {
    let place = Place::new().await;
    let first = place.train(&world::ratings(1), 0).await;
    place.promote(&first, 1).await;
    let second = place.train(&world::ratings(1), 2).await;
    place.life.start_trial(&second, 0.2, now()).await.unwrap();
    std::fs::write(place.life.directory.path().join(&second).join("model.onnx"), b"no graph").unwrap();
    assert!(matches!(place.life.end_trial(TrialEnd::Promoted, now()).await, Err(LifeError::Model(_))));
    assert!(place.life.trials.lookup_running_trial().await.unwrap().is_some());
    assert_eq!(place.live().await, Some(first));
    assert!(place.life.end_trial(TrialEnd::LiveStays, now()).await.unwrap().is_some());
    assert!(matches!(place.life.start_trial(&second, 0.2, now()).await, Err(LifeError::Model(_))));
}
