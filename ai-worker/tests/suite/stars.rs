//! Predicted stars: the graph says what the fit does, and workers say them where they are asked.

use std::{collections::HashMap, fs};

use matinee_ai::{
    model::ModelDirectory,
    trainer::{
        Interactions,
        stars::{HeldOut, StarsHead, StarsOptions},
    },
    worker::{Engine, EngineOptions, OnnxRuntime, StarsHead as Session},
};
use matinee_domain::PredictedStars;
use matinee_services::ports::{RecommendRequest, Recommender};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use crate::{
    models::{reseal, with_no_number},
    world::{self, movie, rated, request},
};

fn head(width: usize) -> (Interactions, StarsHead) {
    let data = Interactions::new(&world::ratings(1), 1, usize::MAX);
    let held_out = HeldOut::split(&data, 42).unwrap();
    let head = StarsHead::fit(&data, &held_out, StarsOptions { width, ..StarsOptions::new(42) }).unwrap().unwrap();
    (data, head)
}

fn is_near(one: PredictedStars, stars: f64, low: f64, high: f64) -> bool {
    let near = |one: f32, other: f64| (f64::from(one) - other).abs() < 2e-4;
    near(one.stars, stars) && near(one.low, low) && near(one.high, high)
}

#[test]
fn the_graph_predicts_what_the_fit_does_however_much_is_known() {
    let runtime = OnnxRuntime::load(&world::ort_library()).unwrap();
    for width in [0, 1, 8, 32] {
        let (data, head) = head(width);
        // And two films more that nobody rated, as the tower places them.
        let films: Vec<usize> = (0..data.items.len() + 2).collect();
        let films_of_world = u32::try_from(data.items.len()).unwrap();
        let mut session = Session::new(&runtime, &head.graph(films.len()), films.len(), "a").unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for known in [0, 1, 2, 5, 20, 50, 256] {
            let known: Vec<(u32, f32)> =
                (0_u32..known).map(|at| (at % films_of_world, f32::from(rng.random_range(1_u8..=10)) / 2.0)).collect();
            let opinion = head.model.fold_in(&known).unwrap();
            let known: Vec<(usize, f32)> = known.into_iter().map(|(film, stars)| (film as usize, stars)).collect();
            for (predicted, film) in session.predict(&known, &films).unwrap().into_iter().zip(0..) {
                let wanted = head.predict(&opinion, (film < films_of_world).then_some(film));
                assert!(
                    is_near(predicted, wanted.stars, wanted.low, wanted.high),
                    "{width} wide, {} known: {predicted:?} {wanted:?}",
                    known.len()
                );
            }
        }
        assert!(session.predict(&[], &[]).unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_worker_says_stars_with_their_interval_where_it_is_asked() {
    let engine = world::engine(EngineOptions::default());
    let (data, head) = head(StarsOptions::new(42).width);
    let index: HashMap<_, u32> = data.items.iter().copied().zip(0..).collect();
    // The latest first, as a fold-in has it; a film that no model knows says nothing.
    let events = vec![rated(0, 5.0), rated(3, 4.5), rated(22, 1.0), world::elsewhere(rated(1, 0.5))];
    let known = [(index[&movie(0)], 5.0), (index[&movie(3)], 4.5), (index[&movie(22)], 1.0)];
    let opinion = head.model.fold_in(&known).unwrap();
    let asked = RecommendRequest { stars: true, ..request(events.clone(), 5) };
    let ranked = engine.rank(asked.clone(), vec![movie(1), movie(0), movie(25)]).await.unwrap().movies;
    assert_eq!(ranked.len(), 3);
    let recommended = engine.recommend(asked.clone()).await.unwrap();
    assert_eq!(recommended.len(), 5);
    for film in ranked.iter().chain(&recommended).chain([&engine.explain(asked, movie(25)).await.unwrap()]) {
        let wanted = head.predict(&opinion, Some(index[&film.movie]));
        assert!(is_near(film.stars.unwrap(), wanted.stars, wanted.low, wanted.high), "{film:?} {wanted:?}");
    }
    let of = |film| ranked.iter().find(|one| one.movie == movie(film)).unwrap().stars.unwrap().stars;
    assert!(of(1) > of(25) + 0.5, "their own camp's films are those that they would like");
    let silent = engine.recommend(request(events, 5)).await.unwrap();
    assert!(silent.iter().all(|film| film.stars.is_none()), "nobody asked");
    let nobody = RecommendRequest { stars: true, ..request(Vec::new(), 3) };
    assert!(engine.recommend(nobody).await.unwrap().iter().all(|film| film.stars.is_some()));
}

#[tokio::test]
async fn a_model_of_before_there_were_stars_loads_and_predicts_none() {
    let place = tempfile::tempdir().unwrap();
    let version = world::train_into(place.path(), 3).version;
    let path = place.path().join(&version).join("manifest.json");
    let mut manifest: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert!(manifest.as_object_mut().unwrap().remove("stars").is_some());
    fs::write(&path, manifest.to_string()).unwrap();
    fs::remove_file(place.path().join(&version).join("stars.onnx")).unwrap();
    let engine = Engine::open(place.path(), &world::ort_library(), EngineOptions::default()).unwrap();
    let asked = RecommendRequest { stars: true, ..request(vec![rated(0, 5.0)], 5) };
    let films = engine.recommend(asked).await.unwrap();
    assert!(films.len() == 5 && films.iter().all(|film| film.stars.is_none()));
}

#[tokio::test]
async fn a_head_that_gives_no_numbers_keeps_its_model_out_and_the_one_before_serves() {
    let place = tempfile::tempdir().unwrap();
    let first = world::train_into(place.path(), 3).version;
    let engine = Engine::open(place.path(), &world::ort_library(), EngineOptions::default()).unwrap();
    let second = world::train_into(place.path(), 4).version;
    let models = ModelDirectory::new(place.path());
    reseal(&models, &second, "stars.onnx", |bytes| with_no_number(bytes, b"means"));
    assert!(models.load(&second).is_ok(), "the seals are right");
    assert!(engine.reload().unwrap_err().to_string().contains("stars"));
    assert_eq!(engine.manifest().unwrap().version, first);
    assert_eq!(engine.recommend(request(vec![rated(0, 5.0)], 5)).await.unwrap().len(), 5);
}
