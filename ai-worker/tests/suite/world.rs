//! A made-up world: two camps of people, each with its own films, and films that both like.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use async_trait::async_trait;
use matinee_ai::{
    model::{Hyperparameters, Manifest, Prior},
    trainer::{TrainOptions, fit_and_write},
    worker::{Engine, EngineOptions},
};
use matinee_domain::{Event, EventKind, MovieId, Stars, Timestamp, UserId};
use matinee_services::ports::{RecommendRequest, RepositoryResult, TrainingRating, TrainingRepository};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use uuid::Uuid;

/// Films 0–19 are those of one camp, 20–39 of the other, 40–49 everybody's.
pub const MOVIES: u128 = 50;
pub const PEOPLE: u128 = 240;

pub fn movie(number: u128) -> MovieId {
    MovieId(Uuid::from_u128(1_000 + number))
}

pub fn number(movie: MovieId) -> u128 {
    movie.0.as_u128() - 1_000
}

pub fn now() -> Timestamp {
    Timestamp::from_timestamp(1_700_000_000, 0).unwrap()
}

pub fn ratings(seed: u64) -> Vec<TrainingRating> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut ratings = Vec::new();
    for person in 0..PEOPLE {
        let camp = person % 2 * 20;
        for film in 0..MOVIES {
            let is_own = (camp..camp + 20).contains(&film);
            // Over both camps everybody's films are the popular ones; in a camp its own are.
            let chance = if is_own {
                0.7
            } else if film >= 40 {
                0.5
            } else {
                0.05
            };
            if rng.random_bool(chance) {
                let half_stars = if is_own || film >= 40 { rng.random_range(7..=10) } else { rng.random_range(1..=5) };
                ratings.push(TrainingRating {
                    user: UserId(Uuid::from_u128(person)),
                    movie: movie(film),
                    stars: Stars::from_half_stars(half_stars).unwrap(),
                    at: now() - chrono::TimeDelta::hours(rng.random_range(0..10_000)),
                });
            }
        }
    }
    ratings
}

/// Ratings in memory.
pub struct Repository(pub Vec<TrainingRating>);

#[async_trait]
impl TrainingRepository for Repository {
    async fn list_ratings(
        &self,
        after: Option<(UserId, MovieId)>,
        limit: u32,
    ) -> RepositoryResult<Vec<TrainingRating>> {
        let mut rows: Vec<_> =
            self.0.iter().filter(|row| after.is_none_or(|after| (row.user, row.movie) > after)).copied().collect();
        rows.sort_by_key(|row| (row.user, row.movie));
        rows.truncate(limit as usize);
        Ok(rows)
    }

    async fn count_ratings(&self) -> RepositoryResult<u64> {
        Ok(self.0.len() as u64)
    }
}

/// The library that the tests need.
pub fn ort_library() -> PathBuf {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let cache =
        || variable("MATINEE_CACHE_DIR").unwrap_or_else(|| variable("HOME").unwrap_or_default().join(".cache/matinee"));
    let path = variable("MATINEE_ORT_LIB").unwrap_or_else(|| cache().join("onnxruntime/libonnxruntime.so.1.31.1"));
    assert!(
        path.is_file(),
        "these tests need ONNX Runtime, and there is none at {}: run `make test`, which fetches it, or set MATINEE_ORT_LIB",
        path.display()
    );
    path
}

/// Good ones for this world, for tests that are not about choosing them, which takes a while.
pub const HYPERPARAMETERS: Hyperparameters =
    Hyperparameters { lambda: 20.0, dropout: 0.2, user_power: 0.0, rank: 16, prior: Prior { scale: 0.2, fade: 1.0 } };

pub fn train_into(models: &Path, seed: u64) -> Manifest {
    // Two versions in one second would have one name only if they were the same model.
    let options = TrainOptions { hyperparameters: Some(HYPERPARAMETERS), ..TrainOptions::new(models, now()) };
    fit_and_write(&ratings(seed), &options, &|_| {}).unwrap()
}

/// A trained model that tests share and don't change.
pub fn models() -> &'static Path {
    static MODELS: OnceLock<tempfile::TempDir> = OnceLock::new();
    MODELS
        .get_or_init(|| {
            let directory = tempfile::tempdir().unwrap();
            train_into(directory.path(), 1);
            directory
        })
        .path()
}

pub fn engine(options: EngineOptions) -> Engine {
    Engine::open(models(), &ort_library(), options).unwrap()
}

pub fn rated(film: u128, stars: f64) -> Event {
    Event { movie: movie(film), kind: EventKind::Rated { stars: Stars::new(stars).unwrap() }, at: now() }
}

pub fn request(events: Vec<Event>, limit: u32) -> RecommendRequest {
    RecommendRequest {
        events,
        hidden: Vec::new(),
        limit,
        now: now(),
        person: None,
        model: None,
        stars: false,
        next: false,
    }
}

/// The same with a film of another world.
pub fn elsewhere(event: Event) -> Event {
    Event { movie: MovieId(Uuid::from_u128(event.movie.0.as_u128() + 1_000_000)), ..event }
}
