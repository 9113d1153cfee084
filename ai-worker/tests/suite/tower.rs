//! The content tower as it serves: films that nobody has rated.

use std::{fs, path::Path, sync::Arc};

use matinee_ai::{
    model::{Manifest, ModelDirectory, Placed, Placing},
    trainer::{
        Factors, FitOptions, Interactions, TrainOptions, fit_and_write,
        tower::{FilmTexts, Tower, to_place},
    },
    worker::{Engine, EngineOptions, OnnxRuntime, Query, Ranker},
};
use matinee_domain::{Stars, UserId};
use matinee_services::ports::{Recommender, RecommenderError, TrainingRating};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use uuid::Uuid;

use crate::world::{self, movie, number, rated, request};

/// Films that people have rated: even ones are of one camp, odd ones of the other.
const RATED: u128 = 120;
/// Films without ratings, of both camps in the same way.
const UNRATED: std::ops::Range<u128> = RATED..RATED + 20;

fn ratings() -> Vec<TrainingRating> {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let mut ratings = Vec::new();
    for (person, film) in (0..200_u128).flat_map(|person| (0..RATED).map(move |film| (person, film))) {
        let is_own = person % 2 == film % 2;
        if rng.random_bool(if is_own { 0.4 } else { 0.05 }) {
            ratings.push(TrainingRating {
                user: UserId(Uuid::from_u128(person)),
                movie: movie(film),
                stars: Stars::new(if is_own { 4.5 } else { 1.0 }).unwrap(),
                at: world::now(),
            });
        }
    }
    ratings
}

/// Texts tell the camp, and louder much that nobody cares about.
fn texts() -> FilmTexts {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut texts = FilmTexts::new(8);
    for film in 0..UNRATED.end {
        let mut embedding: Vec<f32> = (0..8).map(|_| rng.random_range(-1.0..1.0)).collect();
        embedding[0] = if film % 2 == 0 { 0.2 } else { -0.2 };
        let length = embedding.iter().map(|value| value * value).sum::<f32>().sqrt();
        let embedding: Vec<f32> = embedding.iter().map(|value| value / length).collect();
        texts.put(movie(film), &embedding).unwrap();
    }
    texts
}

fn options(models: &Path) -> TrainOptions {
    let hyperparameters = Some(world::HYPERPARAMETERS);
    TrainOptions { hyperparameters, texts: Some(Arc::new(texts())), ..TrainOptions::new(models, world::now()) }
}

fn placed(manifest: &Manifest) -> Placed {
    match &manifest.placing {
        Some(Placing::Placed(placed)) => *placed,
        other => panic!("no film is placed: {other:?}"),
    }
}

#[tokio::test]
async fn a_film_that_nobody_has_rated_is_recommended_has_films_alike_and_tells_of_who_rates_it() {
    let directory = tempfile::tempdir().unwrap();
    let manifest = fit_and_write(&ratings(), &options(directory.path()), &|_| {}).unwrap();
    let placed = placed(&manifest);
    assert_eq!((placed.movies, u128::from(manifest.movies)), (20, UNRATED.end));
    assert_eq!(u128::from(manifest.data.movies), RATED, "what was learnt from is told as before");
    assert!(placed.ndcg > placed.ndcg_random && placed.explained > 0.1, "{placed:?}");
    let engine = Engine::open(directory.path(), &world::ort_library(), EngineOptions::default()).unwrap();

    // Who knows all films that are rated is left with those that nobody has rated.
    let events: Vec<_> = (0..10).map(|film| rated(2 * film, 5.0)).collect();
    let hidden = (0..RATED).map(movie).collect();
    let mut ask = request(events, 8);
    ask.hidden = hidden;
    ask.stars = true;
    let found = engine.recommend(ask).await.unwrap();
    assert_eq!(found.len(), 8);
    for film in &found {
        assert!(UNRATED.contains(&number(film.movie)) && number(film.movie).is_multiple_of(2), "{found:?}");
        assert!(
            film.stars.is_some_and(|stars| stars.stars > 3.0),
            "what the person gives films, for want of more: {found:?}"
        );
    }

    let alike = engine.similar(movie(RATED), 5).await.unwrap();
    assert_eq!(alike.len(), 5);
    assert!(alike.iter().all(|film| number(film.movie).is_multiple_of(2)), "{alike:?}");

    let told = engine.recommend(request(vec![rated(RATED + 1, 5.0)], 10)).await.unwrap();
    let of_its_camp = told.iter().filter(|film| number(film.movie) % 2 == 1).count();
    assert!(of_its_camp >= 8, "{told:?}");

    let why = engine.explain(request(vec![rated(2, 5.0), rated(31, 1.0)], 10), movie(RATED)).await.unwrap();
    let sum = why.terms.iter().map(|term| term.value).sum::<f32>();
    assert!((sum - why.score).abs() < 1e-4, "{why:?}");
}

#[test]
fn the_graph_computes_what_the_map_says() {
    let directory = tempfile::tempdir().unwrap();
    let options = options(directory.path());
    fit_and_write(&ratings(), &options, &|_| {}).unwrap();
    let data = Interactions::new(&ratings(), 1, usize::MAX);
    let fit = FitOptions::of(world::HYPERPARAMETERS, options.seed);
    let mut factors = Factors::fit(&data, fit).unwrap();
    let tower = Tower::learn(&data, &factors, &texts(), fit).unwrap().unwrap();
    let (films, embeddings): (Vec<_>, Vec<_>) = to_place(&texts(), &data.items, 99).into_iter().unzip();
    tower.extend(&mut factors, &embeddings);

    let model = ModelDirectory::new(directory.path()).load_live().unwrap().unwrap();
    assert_eq!(model.items, [data.items, films].concat());
    let mut ranker = Ranker::new(&OnnxRuntime::load(&world::ort_library()).unwrap(), &model).unwrap();
    // A film with ratings and one without tell; each film's own term is out.
    let events: [(u32, f32); 2] = [(3, 0.8), (125, -0.4)];
    let scores = factors.event_scores(&events);
    let query = Query {
        events: events.iter().map(|&(film, weight)| (film as usize, weight)).collect(),
        prior_weight: 0.0,
        hidden: Vec::new(),
        k: factors.movies(),
    };
    let best = ranker.rank(&[query]).unwrap().remove(0);
    assert_eq!(best.len(), factors.movies());
    for film in best {
        let own: f32 = events
            .iter()
            .filter(|(event, _)| *event as usize == film.item)
            .map(|(_, weight)| weight * factors.term(film.item, film.item))
            .sum();
        assert!((film.score - (scores[film.item] - own)).abs() < 1e-5, "{film:?} {} {own}", scores[film.item]);
    }
}

#[test]
fn the_bound_of_films_counts_for_placed_ones_too() {
    let directory = tempfile::tempdir().unwrap();
    let options = TrainOptions { max_movies: Some(125), ..options(directory.path()) };
    let manifest = fit_and_write(&ratings(), &options, &|_| {}).unwrap();
    assert_eq!((manifest.movies, placed(&manifest).movies), (125, 5));
    let now = options.now + chrono::TimeDelta::seconds(1);
    let manifest = fit_and_write(&ratings(), &TrainOptions { max_movies: Some(120), now, ..options }, &|_| {}).unwrap();
    let Some(Placing::LeftOut { reason }) = &manifest.placing else { panic!("{:?}", manifest.placing) };
    assert!(manifest.movies == 120 && reason.contains("no room"), "{reason}");
}

#[tokio::test]
async fn without_a_language_model_there_is_no_tower_and_with_a_damaged_one_the_reason_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let options = TrainOptions { texts: None, ..options(directory.path()) };
    assert_eq!(fit_and_write(&ratings(), &options, &|_| {}).unwrap().placing, None);
    fs::create_dir(directory.path().join("text")).unwrap();
    fs::write(directory.path().join("text/manifest.json"), "{}").unwrap();
    let now = options.now + chrono::TimeDelta::seconds(1);
    let manifest = fit_and_write(&ratings(), &TrainOptions { now, ..options }, &|_| {}).unwrap();
    let Some(Placing::LeftOut { reason }) = &manifest.placing else { panic!("{:?}", manifest.placing) };
    assert!(reason.contains("no manifest of a language model"), "{reason}");
    assert!(manifest.placing.as_ref().unwrap().to_string().contains("No film is placed"));
    // The model is as good as one without: a film that nobody has rated is unknown to it.
    let engine = Engine::open(directory.path(), &world::ort_library(), EngineOptions::default()).unwrap();
    assert!(matches!(engine.similar(movie(RATED), 5).await, Err(RecommenderError::UnknownMovie(_))));
}
