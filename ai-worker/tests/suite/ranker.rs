//! The graph itself: a score is exactly its terms.

use matinee_ai::{
    model::ModelDirectory,
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

proptest! {
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
