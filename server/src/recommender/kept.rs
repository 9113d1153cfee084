//! The last answer for each of the latest active people, for when no worker answers.
//!
//! What they rated or hid since is taken out, and so are reasons that have gone: what is shown is older, not wrong.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use matinee_domain::{Event, EventKind, MovieId, UserId};
use matinee_services::ports::{
    ModelStatus, RecommendRequest, Recommender, RecommenderError, ScoredMovie, SimilarMovie, TermSource,
};
use moka::sync::Cache;

pub struct Kept {
    inner: Arc<dyn Recommender>,
    last: Cache<UserId, Arc<Vec<ScoredMovie>>>,
}

impl Kept {
    /// Keeps the answers of `people` people.
    pub fn new(inner: Arc<dyn Recommender>, people: u64) -> Self {
        Self { inner, last: Cache::new(people) }
    }

    fn last_answer(&self, person: UserId, asked: &Asked) -> Option<Vec<ScoredMovie>> {
        let last = self.last.get(&person)?;
        let open = last.iter().filter(|film| !asked.hidden.contains(&film.movie)).take(asked.limit);
        let found: Vec<_> = open
            .map(|film| {
                let mut film = film.clone();
                film.terms.retain(|term| match term.source {
                    TermSource::Event(event) => asked.events.contains(&event),
                    TermSource::Popularity => true,
                });
                film
            })
            .collect();
        (!found.is_empty()).then_some(found)
    }
}

/// What of a request an older answer has to be held against.
struct Asked {
    events: Vec<Event>,
    hidden: HashSet<MovieId>,
    limit: usize,
}

impl Asked {
    fn of(request: &RecommendRequest) -> Self {
        let rated = request.events.iter().filter(|event| matches!(event.kind, EventKind::Rated { .. }));
        let hidden = rated.map(|event| event.movie).chain(request.hidden.iter().copied()).collect();
        Self { events: request.events.clone(), hidden, limit: request.limit as usize }
    }
}

#[async_trait]
impl Recommender for Kept {
    async fn recommend(&self, request: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
        let Some(person) = request.person else { return self.inner.recommend(request).await };
        let asked = Asked::of(&request);
        match self.inner.recommend(request).await {
            Ok(answer) => {
                self.last.insert(person, Arc::new(answer.clone()));
                Ok(answer)
            }
            Err(error) => match self.last_answer(person, &asked) {
                Some(last) => {
                    metrics::counter!("matinee_recommend_kept_total").increment(1);
                    tracing::warn!(error = &error as &dyn std::error::Error, "the last recommendations come again");
                    Ok(last)
                }
                None => Err(error),
            },
        }
    }

    async fn rank(
        &self,
        request: RecommendRequest,
        movies: Vec<MovieId>,
    ) -> Result<Vec<ScoredMovie>, RecommenderError> {
        self.inner.rank(request, movies).await
    }

    async fn explain(&self, request: RecommendRequest, movie: MovieId) -> Result<ScoredMovie, RecommenderError> {
        self.inner.explain(request, movie).await
    }

    async fn similar(&self, movie: MovieId, limit: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
        self.inner.similar(movie, limit).await
    }

    async fn status(&self) -> Result<ModelStatus, RecommenderError> {
        self.inner.status().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use matinee_domain::{Stars, Timestamp};
    use matinee_services::ports::ScoreTerm;

    use super::*;

    fn film(number: u128) -> MovieId {
        MovieId(uuid::Uuid::from_u128(number))
    }

    fn viewed(number: u128) -> Event {
        Event { movie: film(number), kind: EventKind::Viewed, at: Timestamp::UNIX_EPOCH }
    }

    /// Recommends films 1 to 5 because of film 10, until it is gone.
    #[derive(Default)]
    struct Worker {
        is_gone: AtomicBool,
    }

    #[async_trait]
    impl Recommender for Worker {
        async fn recommend(&self, _: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
            if self.is_gone.load(Ordering::Relaxed) {
                return Err(RecommenderError::TimedOut(1));
            }
            let term = |source| ScoreTerm { source, value: 0.5, share: 0.5 };
            let terms = vec![term(TermSource::Event(viewed(10))), term(TermSource::Popularity)];
            Ok((1..=5).map(|movie| ScoredMovie { movie: film(movie), score: 1.0, terms: terms.clone() }).collect())
        }

        async fn rank(&self, _: RecommendRequest, _: Vec<MovieId>) -> Result<Vec<ScoredMovie>, RecommenderError> {
            Err(RecommenderError::NoModel)
        }

        async fn explain(&self, _: RecommendRequest, _: MovieId) -> Result<ScoredMovie, RecommenderError> {
            Err(RecommenderError::NoModel)
        }

        async fn similar(&self, _: MovieId, _: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
            Err(RecommenderError::NoModel)
        }

        async fn status(&self) -> Result<ModelStatus, RecommenderError> {
            Err(RecommenderError::NoModel)
        }
    }

    #[tokio::test]
    async fn the_last_answer_comes_again_without_what_was_rated_or_hidden_since_and_without_reasons_that_have_gone() {
        let worker = Arc::new(Worker::default());
        let kept = Kept::new(Arc::clone(&worker) as _, 100);
        let ada = UserId(uuid::Uuid::from_u128(1));
        let now = Timestamp::UNIX_EPOCH;
        let mut request =
            RecommendRequest { events: vec![viewed(10)], hidden: Vec::new(), limit: 10, now, person: Some(ada) };
        let fresh = kept.recommend(request.clone()).await.unwrap();
        worker.is_gone.store(true, Ordering::Relaxed);
        assert_eq!(kept.recommend(request.clone()).await.unwrap(), fresh);

        let rated = EventKind::Rated { stars: Stars::new(4.0).unwrap() };
        request.events = vec![Event { kind: rated, ..viewed(1) }];
        request.hidden = vec![film(2)];
        request.limit = 2;
        let again = kept.recommend(request.clone()).await.unwrap();
        assert_eq!(again.iter().map(|film| film.movie).collect::<Vec<_>>(), [film(3), film(4)]);
        assert!(again.iter().all(|film| film.terms.len() == 1), "popularity is the reason that is left");

        request.person = Some(UserId(uuid::Uuid::from_u128(2)));
        assert!(matches!(kept.recommend(request).await, Err(RecommenderError::TimedOut(1))));
    }
}
