//! The engine: right terms, nothing hidden, bounded, and a new model without a gap.

use std::{collections::HashSet, sync::Arc, time::Duration};

use matinee_ai::{
    trainer::{TrainOptions, fit_and_write},
    worker::{Engine, EngineOptions},
};
use matinee_domain::{Event, EventKind, MovieId};
use matinee_services::ports::{Recommender, RecommenderError, ScoredMovie, TermSource};
use proptest::prelude::*;

use crate::world::{self, engine, movie, number, rated, request};

fn films(scored: &[ScoredMovie]) -> Vec<u128> {
    scored.iter().map(|film| number(film.movie)).collect()
}

#[tokio::test]
async fn films_of_the_camp_that_one_likes_come_first_and_the_reasons_name_what_was_rated() {
    let engine = engine(EngineOptions::default());
    let scored = engine.recommend(request((0..6).map(|film| rated(film, 5.0)).collect(), 10)).await.unwrap();
    let found = films(&scored);
    assert_eq!(found.len(), 10);
    assert!(found.iter().all(|film| !(20..40).contains(film)), "{found:?}");
    assert!(found.iter().filter(|film| **film < 20).count() >= 5, "{found:?}");
    let best = &scored[0];
    assert!(best.terms.iter().any(|term| matches!(term.source, TermSource::Event(event) if number(event.movie) < 6)));
    assert!(best.terms.is_sorted_by(|a, b| a.value >= b.value) && best.terms.len() <= 5);
    assert!(best.terms.iter().all(|term| term.value > 0.0 && (0.0..=1.0).contains(&term.share)));
}

#[tokio::test]
async fn with_no_events_the_films_are_the_popular_ones_and_say_so() {
    let engine = engine(EngineOptions::default());
    let scored = engine.recommend(request(Vec::new(), 10)).await.unwrap();
    assert!(films(&scored).iter().all(|film| *film >= 40), "{:?}", films(&scored));
    assert!(scored.iter().all(|film| film.terms[0].source == TermSource::Popularity));
    assert!(scored.iter().all(|film| (film.terms[0].share - 1.0).abs() < 1e-6));
}

#[tokio::test]
async fn a_dislike_pushes_films_like_it_down() {
    let engine = engine(EngineOptions::default());
    let place = async |events| {
        let scored = engine.recommend(request(events, 50)).await.unwrap();
        let camp: Vec<usize> =
            films(&scored).iter().enumerate().filter(|(_, film)| (1..20).contains(*film)).map(|(at, _)| at).collect();
        camp.iter().sum::<usize>() / camp.len()
    };
    let (liked, disliked) = (place(vec![rated(0, 5.0)]).await, place(vec![rated(0, 0.5)]).await);
    assert!(liked < disliked, "{liked} {disliked}");
}

#[tokio::test]
async fn a_viewed_film_is_no_reason_for_itself() {
    let engine = engine(EngineOptions::default());
    let viewed = Event { movie: movie(3), kind: EventKind::Viewed, at: world::now() };
    let scored = engine.recommend(request(vec![viewed, rated(4, 5.0)], 50)).await.unwrap();
    let itself = scored.iter().find(|film| film.movie == movie(3)).expect("viewed is not rated");
    assert!(itself.terms.iter().all(|term| term.source != TermSource::Event(viewed)), "{itself:?}");
}

#[tokio::test]
async fn events_and_limits_that_make_no_sense_are_harmless() {
    let engine = engine(EngineOptions::default());
    let unknown = Event { movie: MovieId(uuid::Uuid::from_u128(7)), ..rated(0, 5.0) };
    let plain = engine.recommend(request(vec![rated(0, 5.0)], 10)).await.unwrap();
    let doubled = engine.recommend(request(vec![rated(0, 5.0), unknown, rated(0, 1.0)], 10)).await.unwrap();
    assert_eq!(plain, doubled);
    assert_eq!(engine.recommend(request(vec![rated(0, 5.0)], 0)).await.unwrap().len(), 1);
    assert_eq!(engine.recommend(request(vec![rated(0, 5.0)], u32::MAX)).await.unwrap().len(), 49);
    let mut everything = request(Vec::new(), 10);
    everything.hidden = (0..world::MOVIES).map(movie).chain([unknown.movie]).collect();
    assert!(engine.recommend(everything).await.unwrap().is_empty());
    let many = request((0..world::MOVIES).cycle().take(2_000).map(|film| rated(film, 4.0)).collect(), 10);
    assert!(engine.recommend(many).await.unwrap().is_empty());
}

#[tokio::test]
async fn films_on_demand_have_the_scores_that_they_are_recommended_with() {
    let engine = engine(EngineOptions::default());
    let taste = request(vec![rated(0, 5.0), rated(1, 4.5), rated(22, 1.0)], 50);
    let recommended = engine.recommend(taste.clone()).await.unwrap();
    let wanted: Vec<MovieId> = recommended.iter().step_by(5).map(|film| film.movie).collect();
    let unknown = MovieId(uuid::Uuid::from_u128(7));
    let backwards = wanted.iter().rev().copied().chain([unknown]).collect();
    let ranked = engine.rank(taste.clone(), backwards).await.unwrap().movies;
    assert_eq!(ranked.iter().map(|film| film.movie).collect::<Vec<_>>(), wanted);
    for film in &ranked {
        let before = recommended.iter().find(|other| other.movie == film.movie).unwrap();
        assert!((film.score - before.score).abs() < 1e-5, "{film:?} {before:?}");
    }
    assert!(engine.rank(taste.clone(), vec![unknown]).await.unwrap().movies.is_empty());
    let rated_itself = engine.rank(taste.clone(), vec![movie(0)]).await.unwrap().movies;
    assert_eq!(rated_itself.len(), 1, "also what was rated is ranked when it is asked for");
    let explained = engine.explain(taste.clone(), wanted[3]).await.unwrap();
    let sum: f32 = explained.terms.iter().map(|term| term.value).sum();
    assert!((sum - explained.score).abs() < 1e-4, "all terms are there, also those against it: {explained:?}");
    assert!(
        matches!(engine.explain(taste, unknown).await, Err(RecommenderError::UnknownMovie(film)) if film == unknown)
    );
}

#[tokio::test]
async fn who_is_unknown_gets_the_same_from_memory_as_from_the_model() {
    let engine = engine(EngineOptions::default());
    let mut nobody = request(Vec::new(), 10);
    nobody.hidden = vec![movie(41), movie(44)];
    let kept = engine.recommend(nobody.clone()).await.unwrap();
    assert!(kept.iter().all(|film| !nobody.hidden.contains(&film.movie)));
    let all = (0..world::MOVIES).map(movie).collect();
    let asked = engine.rank(nobody.clone(), all).await.unwrap().movies;
    let asked: Vec<_> = asked.into_iter().filter(|film| !nobody.hidden.contains(&film.movie)).take(10).collect();
    assert_eq!(kept, asked);
}

#[tokio::test]
async fn a_model_of_one_film_serves_and_a_person_with_a_million_events_is_served() {
    let directory = tempfile::tempdir().unwrap();
    let one = world::ratings(1)[0];
    let options = TrainOptions::new(directory.path(), world::now());
    fit_and_write(&[one], &options, &|_| {}).unwrap();
    let single = Engine::open(directory.path(), &world::ort_library(), EngineOptions::default()).unwrap();
    let viewed = Event { movie: one.movie, kind: EventKind::Viewed, at: world::now() };
    for events in [Vec::new(), vec![viewed]] {
        let found = single.recommend(request(events, 10)).await.unwrap();
        assert_eq!(found.iter().map(|film| film.movie).collect::<Vec<_>>(), [one.movie]);
    }
    assert!(single.similar(one.movie, 5).await.unwrap().is_empty());

    let events = (0..1_000_000_u128).map(|at| Event { movie: movie(at % 40), ..viewed }).collect();
    let found = engine(EngineOptions::default()).recommend(request(events, 10)).await.unwrap();
    assert_eq!(found.len(), 10);
}

#[tokio::test]
async fn similar_films_are_of_the_same_camp_and_not_the_film_itself() {
    let engine = engine(EngineOptions::default());
    let similar = engine.similar(movie(2), 5).await.unwrap();
    assert_eq!(similar.len(), 5);
    assert!(similar.iter().all(|film| number(film.movie) < 20 && film.movie != movie(2)), "{similar:?}");
    assert!(similar.iter().all(|film| (0.0..=1.0).contains(&film.score)));
    assert!(similar.is_sorted_by(|a, b| a.score >= b.score));
    let unknown = MovieId(uuid::Uuid::from_u128(7));
    assert!(matches!(engine.similar(unknown, 5).await, Err(RecommenderError::UnknownMovie(film)) if film == unknown));
}

#[tokio::test]
async fn a_full_queue_answers_overloaded_at_once_and_serves_what_it_took() {
    let options = EngineOptions {
        queue_len: 2,
        batch_max: 1_000,
        // The thread waits for a batch to fill up that never does: the queue's place is all there is.
        batch_window: Duration::ZERO,
        ..EngineOptions::default()
    };
    let engine = Arc::new(engine(options));
    let calls = (0..400).map(|_| {
        let engine = Arc::clone(&engine);
        async move { engine.recommend(request(vec![rated(0, 5.0)], 50)).await }
    });
    let answers = futures_join(calls.collect()).await;
    let overloaded = answers
        .iter()
        .filter(|answer| matches!(answer, Err(RecommenderError::Overloaded { retry_after_ms }) if *retry_after_ms > 0))
        .count();
    assert!(overloaded > 0);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(RecommenderError::Overloaded { .. }))));
    assert!(answers.iter().any(Result::is_ok));
}

/// All at once, on one thread: every call enters the queue before the first answer is read.
async fn futures_join<T>(calls: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut calls: Vec<_> = calls.into_iter().map(Box::pin).collect();
    let mut answers: Vec<Option<T>> = calls.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (call, answer) in calls.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let std::task::Poll::Ready(done) = call.as_mut().poll(context)
            {
                *answer = Some(done);
            }
        }
        if answers.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_request_whose_time_is_over_is_given_up() {
    let engine = engine(EngineOptions { timeout: Duration::ZERO, ..EngineOptions::default() });
    let answer = engine.recommend(request(vec![rated(0, 5.0)], 10)).await;
    assert!(matches!(answer, Err(RecommenderError::TimedOut(0))), "{answer:?}");
}

#[tokio::test]
async fn a_new_model_takes_over_and_a_damaged_one_does_not() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::open(directory.path(), &world::ort_library(), EngineOptions::default()).unwrap();
    assert!(matches!(engine.recommend(request(Vec::new(), 1)).await, Err(RecommenderError::NoModel)));
    assert_eq!(engine.status().await.unwrap().version, None);

    let first = world::train_into(directory.path(), 1).version;
    assert_eq!(engine.reload().unwrap(), Some(first.clone()));
    assert_eq!(engine.reload().unwrap(), None);
    assert_eq!(engine.recommend(request(Vec::new(), 1)).await.unwrap().len(), 1);

    let second = world::train_into(directory.path(), 2).version;
    let graph = directory.path().join(&second).join("model.onnx");
    let good = std::fs::read(&graph).unwrap();
    std::fs::write(&graph, b"no graph").unwrap();
    assert!(engine.reload().is_err());
    assert_eq!(engine.status().await.unwrap().version, Some(first));
    std::fs::write(&graph, good).unwrap();
    assert_eq!(engine.reload().unwrap(), Some(second.clone()));
    assert_eq!(engine.status().await.unwrap().version, Some(second));
}

fn any_event() -> impl Strategy<Value = Event> {
    (0..world::MOVIES + 5, 0..12_u8, -400..4_000_i64).prop_map(|(film, kind, days)| {
        let kind = match kind {
            0 => EventKind::Viewed,
            1 => EventKind::Searched,
            stars => EventKind::Rated { stars: matinee_domain::Stars::from_half_stars(stars - 1).unwrap() },
        };
        Event { movie: movie(film), kind, at: world::now() - chrono::TimeDelta::days(days) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_score_is_the_sum_of_its_terms_nothing_hidden_comes_back_and_a_batch_answers_like_single_requests(
        people in prop::collection::vec((prop::collection::vec(any_event(), 0..20), prop::collection::vec(0..60_u128, 0..10)), 1..9)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let engine = engine(EngineOptions { batch_window: Duration::from_millis(20), ..EngineOptions::default() });
            let requests: Vec<_> = people.iter().map(|(events, hidden)| {
                let mut request = request(events.clone(), 50);
                request.hidden = hidden.iter().map(|film| movie(*film)).collect();
                request
            }).collect();
            let together = futures_join(requests.iter().map(|request| engine.recommend(request.clone())).collect()).await;
            for (request, batched) in requests.iter().zip(together) {
                let batched = batched.unwrap();
                let alone = engine.recommend(request.clone()).await.unwrap();
                let forbidden: HashSet<_> = request.hidden.iter().copied().chain(
                    request.events.iter().filter(|event| matches!(event.kind, EventKind::Rated { .. })).map(|event| event.movie)
                ).collect();
                prop_assert!(batched.iter().all(|film| !forbidden.contains(&film.movie)));
                prop_assert!(batched.is_sorted_by(|a, b| a.score >= b.score));
                prop_assert_eq!(batched.len(), alone.len());
                for (one, other) in batched.iter().zip(&alone) {
                    prop_assert!((one.score - other.score).abs() < 1e-4, "{one:?} {other:?}");
                }
                for film in &batched {
                    let shares: f32 = film.terms.iter().map(|term| term.share).sum();
                    prop_assert!(shares < 1.0 + 1e-4);
                }
            }
            Ok(())
        })?;
    }
}
