//! The graph itself: a score is exactly its terms.

use matinee_ai::{
    model::ModelDirectory,
    trainer::{TrainOptions, fit_and_write},
    worker::{OnnxRuntime, Query, Ranker},
};
use proptest::prelude::*;

use crate::world;

fn ranker() -> Ranker {
    let model = ModelDirectory::new(world::models()).load_live().unwrap().unwrap();
    Ranker::new(&OnnxRuntime::load(&world::ort_library()).unwrap(), &model).unwrap()
}

const FILMS: usize = world::MOVIES as usize;

fn any_query() -> impl Strategy<Value = Query> {
    let events = prop::collection::vec((0..FILMS, -1.0..1.0_f32), 0..30);
    let hidden = prop::collection::vec(0..FILMS, 0..60);
    (events, 0.0..2.0_f32, hidden, 0..60_usize).prop_map(|(events, prior_weight, hidden, k)| Query {
        events,
        prior_weight,
        hidden,
        k,
    })
}

/// The same model, whose films are scanned.
fn scanning() -> Ranker {
    let directory = tempfile::tempdir().unwrap();
    let hyperparameters = Some(world::HYPERPARAMETERS);
    let options = TrainOptions { scan_from: 1, hyperparameters, ..TrainOptions::new(directory.path(), world::now()) };
    fit_and_write(&world::ratings(1), &options, &|_| {}).unwrap();
    let model = ModelDirectory::new(directory.path()).load_live().unwrap().unwrap();
    assert!(model.retrieval.is_some());
    Ranker::new(&OnnxRuntime::load(&world::ort_library()).unwrap(), &model).unwrap()
}

proptest! {
    #[test]
    fn scanning_the_films_ranks_them_as_the_graph_does(queries in prop::collection::vec(any_query(), 1..20)) {
        thread_local! {
            static RANKERS: std::cell::RefCell<(Ranker, Ranker)> = std::cell::RefCell::new((ranker(), scanning()));
        }
        RANKERS.with_borrow_mut(|(graph, scan)| {
            for (one, other) in graph.rank(&queries).unwrap().concat().iter().zip(scan.rank(&queries).unwrap().concat()) {
                prop_assert!((one.score - other.score).abs() < 1e-4, "{one:?} {other:?}");
                if one.item == other.item {
                    for (term, scanned) in one.event_terms.iter().zip(&other.event_terms) {
                        prop_assert!((term - scanned).abs() < 1e-4, "{one:?} {other:?}");
                    }
                    prop_assert!((one.prior_term - other.prior_term).abs() < 1e-4);
                }
            }
            let (all, only) = (graph.rank(&queries).unwrap(), [3, 30, 45]);
            let scanned = scan.rank(&queries).unwrap();
            prop_assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), scanned.iter().map(Vec::len).collect::<Vec<_>>());
            let (one, other) = (graph.rank_only(&queries[0], &only).unwrap(), scan.rank_only(&queries[0], &only).unwrap());
            for (one, other) in one.iter().zip(&other) {
                prop_assert!((one.score - other.score).abs() < 1e-4, "{one:?} {other:?}");
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_score_is_the_sum_of_its_terms_and_hidden_films_stay_away(queries in prop::collection::vec(any_query(), 1..6)) {
        for (query, ranked) in queries.iter().zip(ranker().rank(&queries).unwrap()) {
            let open = (0..FILMS).filter(|film| !query.hidden.contains(film)).count();
            prop_assert_eq!(ranked.len(), open.min(query.k));
            for film in ranked {
                let sum = film.event_terms.iter().sum::<f32>() + film.prior_term;
                prop_assert!((sum - film.score).abs() < 1e-4, "{sum} {}", film.score);
                prop_assert!(!query.hidden.contains(&film.item));
                for (event, term) in query.events.iter().zip(&film.event_terms) {
                    prop_assert!(event.0 != film.item || *term == 0.0, "a film is no reason for itself");
                }
            }
        }
    }
}
