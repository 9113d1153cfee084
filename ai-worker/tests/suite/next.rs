//! What comes next: from ratings in their order to a model's answer, and models that can't tell.

use std::{path::Path, time::Duration};

use chrono::TimeDelta;
use matinee_ai::{
    model::{Draft, Manifest, ModelDirectory},
    trainer::{
        Factors, FitOptions, FoldIn, Interactions, TrainOptions, fit_and_write,
        transitions::{Next, TransitionOptions, Transitions},
    },
    worker::{Engine, EngineOptions},
};
use matinee_domain::{Event, EventKind, Stars, UserId};
use matinee_services::ports::{RecommendRequest, Recommender, ScoredMovie, TrainingRating};
use uuid::Uuid;

use crate::world::{self, movie, now, number};

const FILMS: u128 = 30;

/// People who go through the films in one order, beginning anywhere, an hour between two ratings.
fn ratings() -> Vec<TrainingRating> {
    let one = |person: u128| {
        (0..FILMS - 4).map(move |step| TrainingRating {
            user: UserId(Uuid::from_u128(person)),
            movie: movie((person * 7 + step) % FILMS),
            stars: Stars::from_half_stars(8).unwrap(),
            at: now() - TimeDelta::days(30) + TimeDelta::hours(i64::try_from(step).unwrap()),
        })
    };
    (0..150).flat_map(one).collect()
}

/// Films rated one after the other, the last one just now, in the order in which requests have them: the latest first.
fn rated(films: &[u128]) -> Vec<Event> {
    let event = |(hours, film): (i64, &u128)| Event {
        movie: movie(*film),
        kind: EventKind::Rated { stars: Stars::from_half_stars(8).unwrap() },
        at: now() - TimeDelta::hours(hours),
    };
    (0..).zip(films.iter().rev()).map(event).collect()
}

fn request(films: &[u128]) -> RecommendRequest {
    RecommendRequest { next: true, ..world::request(rated(films), 20) }
}

fn open(models: &Path) -> Engine {
    Engine::open(models, &world::ort_library(), EngineOptions::default()).unwrap()
}

#[tokio::test]
async fn training_finds_that_order_tells_what_comes_next_and_the_model_says_it_with_its_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = fit_and_write(&ratings(), &TrainOptions::new(folder.path(), now()), &|_| {}).unwrap();
    assert!(manifest.next.is_some() && manifest.files().iter().any(|file| file.file == "next.onnx"), "{manifest:?}");
    assert!(manifest.metrics["next/ndcg@10"] > manifest.metrics["next/ease/ndcg@10"], "{:?}", manifest.metrics);
    let engine = open(folder.path());
    let list = engine.recommend(request(&[3, 4, 5])).await.unwrap();
    assert_eq!(number(list[0].movie), 6);
    assert!(list.iter().all(|film| ![3, 4, 5].contains(&number(film.movie))), "what was rated is not in it");
    assert!(!list[0].terms.is_empty());
    // Its order counts here, and not by taste.
    let films = async |request| {
        let list = engine.recommend(request).await.unwrap();
        list.into_iter().map(|film| number(film.movie)).collect::<Vec<_>>()
    };
    let taste = |films: &[u128]| RecommendRequest { next: false, ..request(films) };
    let forth = films(request(&[3, 4, 5])).await;
    assert_ne!(films(request(&[20, 4, 12])).await[0], films(request(&[12, 4, 20])).await[0]);
    assert_ne!(films(taste(&[3, 4, 5])).await, forth);
}

#[tokio::test]
async fn the_graph_gives_the_scores_of_the_formula_and_terms_that_add_up_to_them() {
    let folder = tempfile::tempdir().unwrap();
    let hyperparameters = Some(world::HYPERPARAMETERS);
    fit_and_write(&ratings(), &TrainOptions { hyperparameters, ..TrainOptions::new(folder.path(), now()) }, &|_| {})
        .unwrap();
    let directory = ModelDirectory::new(folder.path());
    let model = directory.load_live().unwrap().unwrap();
    assert_eq!(model.manifest.next, None, "whoever names the settings does without");
    let data = Interactions::new(&ratings(), 1, usize::MAX);
    assert_eq!(data.items, model.items);
    let next = Next {
        ease: Factors::fit(&data, FitOptions::of(world::HYPERPARAMETERS, 1)).unwrap(),
        transitions: Transitions::fit(&data, TransitionOptions { reach: 0.6, ..TransitionOptions::new(1) }).unwrap(),
        share: 0.7,
    };
    let draft = Draft {
        manifest: Manifest { version: "with-next".to_owned(), ..model.manifest },
        recommend: model.recommend,
        similar: model.similar,
        items: model.items,
        retrieval: None,
        stars: None,
        next: Some((next.weights(), next.graph())),
    };
    directory.set_live(&directory.add(draft).unwrap().version).unwrap();

    let asked = request(&[9, 2, 17, 11]);
    let list = open(folder.path()).recommend(asked.clone()).await.unwrap();
    assert_eq!(list.len(), 20);
    let index = |film| u32::try_from(data.items.iter().position(|item| *item == film).unwrap()).unwrap();
    let events: Vec<(u32, f32)> =
        asked.events.iter().map(|event| (index(event.movie), event.weight(asked.now))).collect();
    let scores = next.scores(&events).unwrap();
    for film in &list {
        let expected = scores[index(film.movie) as usize];
        assert!((film.score - expected).abs() < 1e-4, "{}: {} and {expected}", number(film.movie), film.score);
    }
    let with_all_terms = list.iter().find(|film| film.terms.len() == asked.events.len()).expect("all speak for a film");
    let sum: f32 = with_all_terms.terms.iter().map(|term| term.value).sum();
    assert!((sum - with_all_terms.score).abs() < 1e-4, "{with_all_terms:?}");
}

#[tokio::test]
async fn who_rated_nothing_and_models_that_can_not_tell_have_no_such_list() {
    let engine = open(world::models());
    assert!(engine.recommend(request(&[1, 2])).await.unwrap().is_empty(), "the model has no such ranking");
    let folder = tempfile::tempdir().unwrap();
    fit_and_write(&ratings(), &TrainOptions::new(folder.path(), now()), &|_| {}).unwrap();
    let engine = open(folder.path());
    assert!(engine.recommend(request(&[])).await.unwrap().is_empty());
    assert!(engine.recommend(request(&[FILMS + 1])).await.unwrap().is_empty(), "a film that the model doesn't know");
    let disliked = rated(&[1, 2])
        .into_iter()
        .map(|event| Event { kind: EventKind::Rated { stars: Stars::new(1.0).unwrap() }, ..event });
    let disliked = RecommendRequest { events: disliked.collect(), ..request(&[]) };
    assert!(engine.recommend(disliked).await.unwrap().is_empty(), "nobody goes on from what they disliked");
    let viewed = Event { kind: EventKind::Viewed, ..rated(&[1])[0] };
    let only_looked = RecommendRequest { events: vec![viewed], ..request(&[]) };
    assert!(engine.recommend(only_looked).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_asks_at_once_gets_what_each_gets_alone() {
    let folder = tempfile::tempdir().unwrap();
    fit_and_write(&ratings(), &TrainOptions::new(folder.path(), now()), &|_| {}).unwrap();
    let asked = [
        request(&[3, 4, 5]),
        RecommendRequest { next: false, ..request(&[3, 4, 5]) },
        request(&[FILMS + 1]),
        RecommendRequest { limit: 7, ..request(&[20, 4, 12, 8, 1]) },
        request(&[12]),
    ];
    // One batch: it begins when all are there.
    let together = EngineOptions {
        threads: 1,
        batch_max: asked.len(),
        batch_window: Duration::from_secs(30),
        ..EngineOptions::default()
    };
    let together = Engine::open(folder.path(), &world::ort_library(), together).unwrap();
    let lists = futures::future::join_all(asked.iter().map(|request| together.recommend(request.clone()))).await;
    let alone = open(folder.path());
    for (request, list) in asked.iter().zip(lists) {
        let (list, by_itself) = (list.unwrap(), alone.recommend(request.clone()).await.unwrap());
        let films = |list: &[ScoredMovie]| list.iter().map(|film| number(film.movie)).collect::<Vec<_>>();
        assert_eq!(films(&list), films(&by_itself), "{request:?}");
        for (film, expected) in list.iter().zip(&by_itself) {
            assert!((film.score - expected.score).abs() < 1e-4, "{film:?} {expected:?}");
            assert_eq!(film.terms.len(), expected.terms.len());
        }
    }
}

#[tokio::test]
async fn a_damaged_ranking_of_what_comes_next_refuses_the_model_and_the_live_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let first = world::train_into(folder.path(), 1).version;
    let engine = open(folder.path());
    let options = TrainOptions { make_live: false, ..TrainOptions::new(folder.path(), now()) };
    let second = fit_and_write(&ratings(), &options, &|_| {}).unwrap().version;
    ModelDirectory::new(folder.path()).set_live(&second).unwrap();
    std::fs::write(folder.path().join(&second).join("next.onnx"), b"no graph").unwrap();
    assert!(engine.reload().unwrap_err().to_string().contains("next.onnx"));
    assert_eq!(engine.manifest().unwrap().version, first);
}
