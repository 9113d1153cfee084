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
use matinee_services::ports::{Recommender, RecommenderError};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use crate::world::{self, movie, number, rated, request};

/// Films without ratings: even ones are about what the first camp likes, odd ones about what the second does.
const UNRATED: std::ops::Range<u128> = world::MOVIES..world::MOVIES + 20;

fn texts() -> FilmTexts {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut texts = FilmTexts::new(6);
    for film in 0..UNRATED.end {
        let about = if film < world::MOVIES { usize::try_from(film / 20).unwrap() } else { usize::from(film % 2 == 1) };
        let mut embedding: Vec<f32> = (0..6).map(|_| rng.random_range(-0.2..0.2)).collect();
        embedding[about] += 1.0;
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
    let manifest = fit_and_write(&world::ratings(1), &options(directory.path()), &|_| {}).unwrap();
    let placed = placed(&manifest);
    assert_eq!((placed.movies, u128::from(manifest.movies)), (20, UNRATED.end));
    assert_eq!(u128::from(manifest.data.movies), world::MOVIES, "what was learnt from is told as before");
    assert!(placed.ndcg > placed.ndcg_random && placed.explained > 0.1, "{placed:?}");
    let engine = Engine::open(directory.path(), &world::ort_library(), EngineOptions::default()).unwrap();

    // Who knows all rated films of the first camp is left with those that nobody has rated.
    let events: Vec<_> = (0..10).map(|film| rated(film, 5.0)).collect();
    let hidden = (0..world::MOVIES).map(movie).collect();
    let mut ask = request(events, 8);
    ask.hidden = hidden;
    let found = engine.recommend(ask).await.unwrap();
    assert_eq!(found.len(), 8);
    for film in &found {
        assert!(UNRATED.contains(&number(film.movie)) && number(film.movie) % 2 == 0, "{found:?}");
    }

    let alike = engine.similar(movie(50), 5).await.unwrap();
    assert_eq!(alike.len(), 5);
    assert!(alike.iter().all(|film| number(film.movie) < 20 || number(film.movie) % 2 == 0), "{alike:?}");

    let told = engine.recommend(request(vec![rated(51, 5.0)], 50)).await.unwrap();
    let place = |wanted: u128| told.iter().position(|film| number(film.movie) == wanted).unwrap();
    let mean = |films: std::ops::Range<u128>| films.map(place).sum::<usize>() / 20;
    assert!(mean(20..40) < mean(0..20), "the second camp's films come first: {told:?}");

    let why = engine.explain(request(vec![rated(2, 5.0), rated(30, 1.0)], 10), movie(50)).await.unwrap();
    assert!(why.score.is_finite());
}

#[test]
fn the_graph_computes_what_the_map_says() {
    let directory = tempfile::tempdir().unwrap();
    let options = options(directory.path());
    fit_and_write(&world::ratings(1), &options, &|_| {}).unwrap();
    let data = Interactions::new(&world::ratings(1), 1, usize::MAX);
    let chosen = world::HYPERPARAMETERS;
    let fit = FitOptions {
        lambda: chosen.lambda,
        dropout: chosen.dropout,
        user_power: chosen.user_power,
        rank: chosen.rank,
        seed: options.seed,
    };
    let mut factors = Factors::fit(&data, fit).unwrap();
    let tower = Tower::learn(&data, &factors, &texts(), fit).unwrap().unwrap();
    let (films, embeddings): (Vec<_>, Vec<_>) = to_place(&texts(), &data.items, 99).into_iter().unzip();
    tower.extend(&mut factors, &embeddings);

    let model = ModelDirectory::new(directory.path()).load_live().unwrap().unwrap();
    assert_eq!(model.items, [data.items, films].concat());
    let mut ranker = Ranker::new(&OnnxRuntime::load(&world::ort_library()).unwrap(), &model).unwrap();
    // A film with ratings and one without tell; each film's own term is out.
    let events: [(u32, f32); 2] = [(3, 0.8), (60, -0.4)];
    let scores = factors.event_scores(&events);
    let query = Query {
        events: events.iter().map(|&(film, weight)| (film as usize, weight)).collect(),
        prior_weight: 0.0,
        hidden: Vec::new(),
        k: factors.movies(),
    };
    let ranked = ranker.rank(&[query]).unwrap().remove(0);
    assert_eq!(ranked.len(), factors.movies());
    for film in ranked {
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
    for (most, placed_films) in [(55, 5), (50, 0)] {
        let directory = tempfile::tempdir().unwrap();
        let options = TrainOptions { max_movies: Some(most), ..options(directory.path()) };
        let manifest = fit_and_write(&world::ratings(1), &options, &|_| {}).unwrap();
        assert_eq!((manifest.movies as usize, placed(&manifest).movies), (most, placed_films));
    }
}

#[tokio::test]
async fn without_a_language_model_there_is_no_tower_and_with_a_damaged_one_the_reason_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let options = TrainOptions { texts: None, ..options(directory.path()) };
    assert_eq!(fit_and_write(&world::ratings(1), &options, &|_| {}).unwrap().placing, None);
    fs::create_dir(directory.path().join("text")).unwrap();
    fs::write(directory.path().join("text/manifest.json"), "{}").unwrap();
    let now = options.now + chrono::TimeDelta::seconds(1);
    let manifest = fit_and_write(&world::ratings(1), &TrainOptions { now, ..options }, &|_| {}).unwrap();
    let Some(Placing::LeftOut { reason }) = &manifest.placing else { panic!("{:?}", manifest.placing) };
    assert!(reason.contains("no manifest of a language model"), "{reason}");
    assert!(manifest.placing.as_ref().unwrap().to_string().contains("No film is placed"));
    // The model is as good as one without: a film that nobody has rated is unknown to it.
    let engine = Engine::open(directory.path(), &world::ort_library(), EngineOptions::default()).unwrap();
    assert!(matches!(engine.similar(movie(50), 5).await, Err(RecommenderError::UnknownMovie(_))));
}
