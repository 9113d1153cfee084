//! Made-up embeddings: films around some hundred centres, as those of real films are, popular ones seldom.

use std::path::Path;

use matinee_ai::{
    model::{DataWindow, Hyperparameters, Prior},
    trainer::{Factors, TrainOptions, write_model},
};
use matinee_domain::{Event, EventKind, MovieId, Stars, Timestamp};
use matinee_services::ports::RecommendRequest;
use rand::{Rng, RngExt, SeedableRng, rngs::ChaCha8Rng};
use uuid::Uuid;

const CENTRES: usize = 300;

pub fn rng(seed: u64) -> impl Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// `films` rows of `width` values.
pub fn embeddings(films: usize, width: usize, rng: &mut impl Rng) -> Vec<f32> {
    let normal = |rng: &mut dyn Rng| (0..4).map(|_| rng.random::<f32>() - 0.5).sum::<f32>();
    let centres: Vec<f32> = (0..CENTRES * width).map(|_| normal(rng)).collect();
    let mut rows = Vec::with_capacity(films * width);
    for _ in 0..films {
        let centre = rng.random_range(0..CENTRES) * width;
        rows.extend((0..width).map(|at| centres[centre + at] + 0.6 * normal(rng)));
    }
    rows
}

/// Of so many films, the best known first.
#[expect(clippy::cast_precision_loss, reason = "a rank")]
pub fn log_popularity(films: usize) -> Vec<f32> {
    (0..films).map(|rank| 1.0 / (1.0 + rank as f32).sqrt()).collect()
}

pub fn film(number: usize) -> MovieId {
    MovieId(Uuid::from_u128(1_000 + number as u128))
}

pub fn now() -> Timestamp {
    Timestamp::from_timestamp(1_790_000_000, 0).expect("a moment of this century")
}

/// Writes a live model of so many films.
pub fn write(models: &Path, films: usize, width: usize) -> anyhow::Result<()> {
    let mut rng = rng(films as u64);
    let rows = embeddings(films, width, &mut rng);
    let factors = Factors { rank: width, events: rows.clone(), films: rows, log_popularity: log_popularity(films) };
    let data = DataWindow { ratings: 0, users: 0, movies: films as u64, first: None, last: None };
    let hyperparameters = Hyperparameters {
        lambda: 1.0,
        dropout: 0.0,
        user_power: 0.0,
        rank: width,
        prior: Prior { scale: 0.1, fade: 3.0 },
    };
    write_model(&factors, (0..films).map(film).collect(), data, hyperparameters, &TrainOptions::new(models, now()))?;
    Ok(())
}

/// Somebody with so many events.
pub fn request(films: usize, events: usize, rng: &mut impl Rng) -> RecommendRequest {
    let stars = |rng: &mut dyn Rng| Stars::from_half_stars(rng.random_range(5..=10)).expect("between 1 and 10");
    let events = (0..events)
        .map(|_| Event {
            movie: film(rng.random_range(0..films)),
            kind: EventKind::Rated { stars: stars(rng) },
            at: now(),
        })
        .collect();
    RecommendRequest {
        events,
        hidden: Vec::new(),
        limit: 20,
        now: now(),
        person: None,
        model: None,
        stars: false,
        next: false,
    }
}
