//! iALS as a model that is served: its graphs against its exact solution.

use std::time::Instant;

use matinee_ai::{
    model::{Draft, DraftRetrieval, Manifest, ModelDirectory},
    trainer::{
        Factors, Interactions, TrainOptions,
        ials::{Ials, IalsOptions, choose},
        write_model,
    },
    worker::{Engine, EngineOptions, OnnxRuntime, Query, Ranker},
};
use matinee_domain::{MovieId, Stars, UserId};
use matinee_services::ports::{Recommender, TrainingRating};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use uuid::Uuid;

use crate::world;

const FILMS: usize = world::MOVIES as usize;

fn options() -> IalsOptions {
    IalsOptions { width: 16, lambda: 0.05, sweeps: 4, ..IalsOptions::new(1) }
}

/// Writes the model beside that of the world and lets it serve.
fn written(data: &Interactions, ials: &Ials, scans: bool) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let ease = ModelDirectory::new(world::models()).load_live().unwrap().unwrap();
    let movies = u32::try_from(data.items.len()).unwrap();
    let manifest = Manifest { version: "ials".to_owned(), movies, ..ease.manifest };
    let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let retrieval = scans.then(|| DraftRetrieval {
        encoder: ials.encoder_graph(),
        films: [bytes(&ials.film_rows()), bytes(ials.log_popularity())].concat(),
        width: ials.options().width,
    });
    let draft = Draft {
        manifest,
        recommend: ials.recommend_graph(),
        similar: ials.similar_graph(),
        items: data.items.clone(),
        retrieval,
        stars: None,
        next: None,
    };
    let directory = ModelDirectory::new(place.path());
    directory.set_live(&directory.add(draft).unwrap().version).unwrap();
    place
}

fn ranker(data: &Interactions, ials: &Ials, scans: bool) -> Ranker {
    let place = written(data, ials, scans);
    let model = ModelDirectory::new(place.path()).load_live().unwrap().unwrap();
    Ranker::new(&OnnxRuntime::load(&world::ort_library()).unwrap(), &model).unwrap()
}

/// Scores and terms of both, for all films.
fn assert_exact(ials: &Ials, ranker: &mut Ranker, queries: &[Query], error: f32) {
    for (query, ranked) in queries.iter().zip(ranker.rank(queries).unwrap()) {
        let events: Vec<(u32, f32)> =
            query.events.iter().map(|event| (u32::try_from(event.0).unwrap(), event.1)).collect();
        let taste = ials.fold_in(&events).unwrap();
        let scores = taste.scores();
        assert_eq!(ranked.len(), query.k);
        for film in ranked {
            let exact = scores[film.item] + query.prior_weight * ials.log_popularity()[film.item];
            assert!((film.score - exact).abs() < error, "{} {exact}", film.score);
            let sum: f32 = film.event_terms.iter().sum::<f32>() + film.prior_term;
            assert!((film.score - sum).abs() < error, "{} {sum}", film.score);
            for (term, exact) in film.event_terms.iter().zip(taste.terms(film.item)) {
                assert!((term - exact).abs() < error, "{term} {exact}");
            }
        }
    }
}

fn any_query() -> impl Strategy<Value = Query> {
    let events = prop::collection::vec((0..FILMS, -1.0..1.0_f32), 0..30);
    (events, 0.0..2.0_f32).prop_map(|(events, prior_weight)| Query { events, prior_weight, hidden: vec![], k: FILMS })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn graph_and_scan_give_the_exact_scores_and_terms(queries in prop::collection::vec(any_query(), 1..6)) {
        thread_local! {
            static MODEL: std::cell::RefCell<(Ials, Ranker, Ranker)> = std::cell::RefCell::new({
                let data = Interactions::new(&world::ratings(1), 1, FILMS);
                let ials = Ials::fit(&data, options(), &|_| {}).unwrap();
                let (graph, scan) = (ranker(&data, &ials, false), ranker(&data, &ials, true));
                (ials, graph, scan)
            });
        }
        MODEL.with_borrow_mut(|(ials, graph, scan)| {
            assert_exact(ials, graph, &queries, 1e-5);
            assert_exact(ials, scan, &queries, 1e-4);
        });
    }
}

/// People who like a tenth of the films each, drawn by taste.
fn many_films(films: u128, people: u128) -> Interactions {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut ratings = Vec::new();
    for person in 0..people {
        for film in (0..films).filter(|film| (film * 7 + person * 3) % 11 < 3) {
            if rng.random_bool(0.4) {
                ratings.push(TrainingRating {
                    user: UserId(Uuid::from_u128(person)),
                    movie: MovieId(Uuid::from_u128(film)),
                    stars: Stars::from_half_stars(rng.random_range(1..=10)).unwrap(),
                    at: world::now(),
                });
            }
        }
    }
    Interactions::new(&ratings, 1, usize::MAX)
}

#[test]
fn five_hundred_events_in_single_precision_stay_within_a_ten_thousandth() {
    let data = many_films(300, 150);
    // Hardly any ridge: the directions that little is known of are wide open at first, and events close them.
    let ials = Ials::fit(&data, IalsOptions { width: 64, lambda: 1e-3, sweeps: 2, ..options() }, &|_| {}).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let events = |count: usize, rng: &mut ChaCha8Rng| -> Vec<(usize, f32)> {
        (0..count).map(|at| (at % data.items.len(), rng.random_range(-0.3..1.0))).collect()
    };
    let query = |events| Query { events, prior_weight: 0.1, hidden: vec![], k: data.items.len() };
    let queries: Vec<Query> = [500, 1, 40].map(|count| query(events(count, &mut rng))).into();
    assert_exact(&ials, &mut ranker(&data, &ials, false), &queries, 1e-4);
}

#[tokio::test]
async fn an_engine_serves_it_as_it_serves_ease() {
    let data = Interactions::new(&world::ratings(1), 1, FILMS);
    let ials = Ials::fit(&data, options(), &|_| {}).unwrap();
    let place = written(&data, &ials, false);
    let engine = Engine::open(place.path(), &world::ort_library(), EngineOptions::default()).unwrap();
    let ranked = engine.recommend(world::request(vec![world::rated(3, 5.0), world::rated(4, 5.0)], 5)).await.unwrap();
    assert_eq!(ranked.len(), 5);
    for film in ranked {
        assert!(world::number(film.movie) < 20 || world::number(film.movie) >= 40, "a film of the other camp");
        assert!(!film.terms.is_empty());
    }
    let similar = engine.similar(world::movie(3), 5).await.unwrap();
    assert!(similar.iter().all(|film| world::number(film.movie) < 20), "{similar:?}");
}

#[test]
fn settings_are_chosen_within_the_budget_and_beat_popularity() {
    let data = Interactions::new(&world::ratings(1), 1, FILMS);
    let heard = std::cell::Cell::new(0);
    let chosen = choose(&data, options(), 3, &|fit| heard.set(fit)).unwrap();
    assert!(chosen.fits <= 3 && heard.get() == chosen.fits, "{chosen:?}");
    for known in ["1", "3", "5", "10", "all"] {
        let (model, popular) =
            (chosen.metrics[&format!("ndcg@10/{known}")], chosen.metrics[&format!("popularity/ndcg@10/{known}")]);
        assert!(model > popular, "{known} events: {model} against {popular}");
    }
}

#[test]
#[ignore = "prints how long the graph of 5,000 films takes beside EASE's: `cargo nextest run -p matinee-ai --run-ignored only --no-capture how_long`"]
fn how_long_an_answer_takes_beside_ease() {
    let data = many_films(5_000, 30);
    let mut ranks = Vec::new();
    for width in [64, 128] {
        let ials = Ials::fit(&data, IalsOptions { width, sweeps: 1, ..options() }, &|_| {}).unwrap();
        let rows = ials.film_rows();
        let popularity = ials.log_popularity().to_vec();
        let ease = Factors { rank: width, events: rows.clone(), films: rows, log_popularity: popularity };
        let place = tempfile::tempdir().unwrap();
        let training = TrainOptions::new(place.path(), world::now());
        write_model(&ease, data.items.clone(), data.window(), world::HYPERPARAMETERS, &training).unwrap();
        let model = ModelDirectory::new(place.path()).load_live().unwrap().unwrap();
        let runtime = OnnxRuntime::load(&world::ort_library()).unwrap();
        ranks.push((format!("EASE, {width}"), Ranker::new(&runtime, &model).unwrap()));
        ranks.push((format!("iALS, {width}"), ranker(&data, &ials, false)));
    }
    for count in [1, 20, 100, 500] {
        let events = (0..count).map(|film| (film, 0.8)).collect();
        let query = [Query { events, prior_weight: 0.1, hidden: vec![], k: 100 }];
        for (name, ranker) in &mut ranks {
            ranker.rank(&query).unwrap();
            let started = Instant::now();
            for _ in 0..20 {
                ranker.rank(&query).unwrap();
            }
            println!("{name}: {count} events, {:.2?} an answer", started.elapsed() / 20);
        }
    }
}
