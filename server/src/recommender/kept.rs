//! Answers for the latest active people.
//!
//! Who did nothing since the last answer gets the same one for `cache.recommendation_ttl_ms`: it is kept by all that it was made
//! of, so that it goes with whatever the person does, on every instance at once. And for when no worker answers, everybody's
//! last answer of each arm of a trial is kept: what they rated or hid since is taken out, and so are reasons that have gone: what is shown is older, not wrong.
//! The same answer says why a film is on their list when they open its page: each page that is opened is an event, and would ask for
//! a whole new list otherwise.

use std::{
    collections::HashSet,
    hash::{BuildHasher, Hash, Hasher, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use matinee_domain::{Event, EventKind, MovieId, UserId};
use matinee_services::ports::{
    Asker, ModelStatus, RankedBy, Recall, RecommendRequest, Recommender, RecommenderError, ScoredMovie, SimilarMovie,
    TermSource,
};
use moka::sync::Cache;

use crate::{
    cache::{
        bytes,
        kept::{self, Limits},
    },
    config::CacheConfig,
    recommender::shared,
};

/// The age of events counts in days: an answer of this hour is as good as one of now.
const AGES_COUNT_BY_S: i64 = 3_600;

type Answer = Arc<RankedBy>;
/// The model on trial that was wanted and made the answer; `None` for the live one.
type OnTrial = Option<String>;

/// Kept answers; in memory once, though two places know of them.
pub struct Kept {
    inner: Arc<dyn Recommender>,
    /// By person and all else that was asked.
    answers: Arc<kept::Kept<(UserId, u64), Answer>>,
    last: Cache<(UserId, OnTrial), Last>,
    /// Why a film is on a list is told by the last one up to this age.
    told_for: Duration,
    digest: RandomState,
}

#[derive(Clone)]
struct Last {
    answer: Answer,
    /// What the person had said by then, see [`Asker::opinions`], and how long a list was asked for.
    opinions: u64,
    limit: u32,
    since: Instant,
}

impl Kept {
    pub fn new(inner: Arc<dyn Recommender>, config: &CacheConfig) -> Self {
        let ttl = Duration::from_millis(config.recommendation_ttl_ms);
        let answers = kept::Kept::new(&Limits {
            name: "recommendations",
            bytes: config.recommendation_bytes,
            usual_bytes: 4_096,
            fresh_for: ttl,
            // A new model is seen by then, so none is shown that is older.
            old_for: ttl,
            weigh: |_, answer: &Answer| bytes::weight(bytes::scored(&answer.movies)),
        });
        let last = Cache::builder()
            .max_capacity(config.recommendation_bytes)
            .weigher(|_, last: &Last| bytes::weight(bytes::scored(&last.answer.movies)))
            .build();
        Self { inner, answers, last, told_for: Duration::from_millis(config.old_ms), digest: RandomState::new() }
    }

    /// The answer to this very request, or a new one; the same request of the same person at the same time is asked once.
    async fn answer(
        &self,
        person: UserId,
        opinions: u64,
        request: &RecommendRequest,
    ) -> Result<Answer, RecommenderError> {
        let key = (person, self.digest_of(request));
        let ask = || {
            let (inner, request) = (Arc::clone(&self.inner), request.clone());
            async move { inner.recommend_by(request).await.map(Arc::new) }
        };
        let answer = self.answers.get(key, ask).await.map_err(shared)?;
        let arm = (person, answer.on_trial(request.model.as_ref()).cloned());
        if !self.last.get(&arm).is_some_and(|last| Arc::ptr_eq(&last.answer, &answer)) {
            self.keep_last(arm, opinions, request.limit, &answer);
            self.answers.measure();
        }
        Ok(answer)
    }

    /// Of what comes next nothing older is shown: a list is as good as the films rated last.
    async fn next(&self, person: UserId, request: RecommendRequest) -> Result<RankedBy, RecommenderError> {
        let key = (person, self.digest_of(&request));
        let ask = || {
            let (inner, request) = (Arc::clone(&self.inner), request.clone());
            async move { inner.recommend_by(request).await.map(Arc::new) }
        };
        Ok(self.answers.get(key, ask).await.map_err(shared)?.as_ref().clone())
    }

    /// A short list does not take the place of a longer one that is as good.
    fn keep_last(&self, arm: (UserId, OnTrial), opinions: u64, limit: u32, answer: &Answer) {
        let is_longer = |last: &Last| last.limit > limit && last.opinions == opinions && self.tells(last);
        if !self.last.get(&arm).is_some_and(|last| is_longer(&last)) {
            let last = Last { answer: Arc::clone(answer), opinions, limit, since: Instant::now() };
            self.last.insert(arm, last);
        }
    }

    fn tells(&self, last: &Last) -> bool {
        last.since.elapsed() < self.told_for
    }

    fn digest_of(&self, request: &RecommendRequest) -> u64 {
        let RecommendRequest { events, hidden, limit, now, person: _, model, stars, next } = request;
        let mut digest = self.digest.build_hasher();
        for event in events {
            (event.movie, event.at.timestamp_millis()).hash(&mut digest);
            match event.kind {
                EventKind::Rated { stars } => stars.half_stars().hash(&mut digest),
                kind => std::mem::discriminant(&kind).hash(&mut digest),
            }
        }
        (hidden, limit, model, stars, next, now.timestamp().div_euclid(AGES_COUNT_BY_S)).hash(&mut digest);
        digest.finish()
    }

    /// The last answer of the same arm, or else of the live model.
    fn last_answer(&self, person: UserId, asked: &Asked) -> Option<RankedBy> {
        let on_trial = asked.model.as_ref().and_then(|model| self.last.get(&(person, Some(model.clone()))));
        let last = on_trial.or_else(|| self.last.get(&(person, None)))?.answer;
        let open = last.movies.iter().filter(|film| !asked.hidden.contains(&film.movie)).take(asked.limit);
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
        (!found.is_empty()).then(|| RankedBy { movies: found, version: last.version.clone() })
    }
}

/// What of a request an older answer has to be held against.
struct Asked {
    events: Vec<Event>,
    hidden: HashSet<MovieId>,
    limit: usize,
    model: Option<String>,
}

impl Asked {
    fn of(request: RecommendRequest) -> Self {
        let rated = request.events.iter().filter(|event| matches!(event.kind, EventKind::Rated { .. }));
        let hidden = rated.map(|event| event.movie).chain(request.hidden.iter().copied()).collect();
        Self { hidden, limit: request.limit as usize, events: request.events, model: request.model }
    }
}

#[async_trait]
impl Recommender for Kept {
    async fn recommend(&self, request: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
        Ok(self.recommend_by(request).await?.movies)
    }

    async fn recommend_by(&self, request: RecommendRequest) -> Result<RankedBy, RecommenderError> {
        let Some(Asker { id: person, opinions }) = request.person else {
            return self.inner.recommend_by(request).await;
        };
        if request.next {
            return self.next(person, request).await;
        }
        match self.answer(person, opinions, &request).await {
            Ok(answer) => Ok(answer.as_ref().clone()),
            Err(error) => match self.last_answer(person, &Asked::of(request)) {
                Some(last) => {
                    metrics::counter!("matinee_recommend_kept_total").increment(1);
                    tracing::warn!(error = &error as &dyn std::error::Error, "the last recommendations come again");
                    Ok(last)
                }
                None => Err(error),
            },
        }
    }

    fn recall(&self, request: &RecommendRequest, movie: MovieId) -> Recall {
        // Who rated nothing gets a list by what they looked at alone.
        let has_rated = request.events.iter().any(|event| matches!(event.kind, EventKind::Rated { .. }));
        let Some(Asker { id: person, opinions }) = request.person.filter(|_| has_rated) else { return Recall::NoList };
        let is_as_good = |last: &Last| last.limit >= request.limit && last.opinions == opinions && self.tells(last);
        let last = |on_trial: OnTrial| self.last.get(&(person, on_trial)).filter(is_as_good);
        let on_trial = request.model.clone().and_then(|model| last(Some(model)));
        let Some(last) = on_trial.or_else(|| last(None)) else { return Recall::NoList };
        let mut first = last.answer.movies.iter().take(request.limit as usize);
        first.find(|film| film.movie == movie).cloned().map_or(Recall::NotAmong, Recall::Film)
    }

    async fn rank(&self, request: RecommendRequest, movies: Vec<MovieId>) -> Result<RankedBy, RecommenderError> {
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
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use matinee_domain::{Stars, Timestamp};
    use matinee_services::ports::ScoreTerm;

    use super::*;

    fn film(number: u128) -> MovieId {
        MovieId(uuid::Uuid::from_u128(number))
    }

    fn asker(number: u128) -> Asker {
        Asker { id: UserId(uuid::Uuid::from_u128(number)), opinions: 0 }
    }

    fn viewed(number: u128) -> Event {
        Event { movie: film(number), kind: EventKind::Viewed, at: Timestamp::UNIX_EPOCH }
    }

    /// Recommends films 1 to 5 because of film 10, until it is gone.
    #[derive(Default)]
    struct Worker {
        is_gone: AtomicBool,
        asked: AtomicU32,
    }

    #[async_trait]
    impl Recommender for Worker {
        async fn recommend(&self, _: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            if self.is_gone.load(Ordering::Relaxed) {
                return Err(RecommenderError::TimedOut(1));
            }
            let term = |source| ScoreTerm { source, value: 0.5, share: 0.5 };
            let terms = vec![term(TermSource::Event(viewed(10))), term(TermSource::Popularity)];
            Ok((1..=5)
                .map(|movie| ScoredMovie { movie: film(movie), score: 1.0, terms: terms.clone(), stars: None })
                .collect())
        }

        /// Films 6 to 8 where a model on trial is wanted.
        async fn recommend_by(&self, request: RecommendRequest) -> Result<RankedBy, RecommenderError> {
            let version = request.model.clone();
            let mut movies = self.recommend(request).await?;
            if version.is_some() {
                movies.truncate(3);
                for (place, film_of_trial) in movies.iter_mut().zip(6..) {
                    place.movie = film(film_of_trial);
                }
            }
            Ok(RankedBy { movies, version })
        }

        async fn rank(&self, _: RecommendRequest, _: Vec<MovieId>) -> Result<RankedBy, RecommenderError> {
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
        let kept =
            Kept::new(Arc::clone(&worker) as _, &CacheConfig { recommendation_ttl_ms: 0, ..CacheConfig::default() });
        let now = Timestamp::UNIX_EPOCH;
        let mut request = RecommendRequest {
            events: vec![viewed(10)],
            hidden: Vec::new(),
            limit: 10,
            now,
            person: Some(asker(1)),
            model: None,
            stars: false,
            next: false,
        };
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

        request.person = Some(asker(2));
        assert!(matches!(kept.recommend(request).await, Err(RecommenderError::TimedOut(1))));
    }

    #[tokio::test]
    async fn what_comes_next_is_kept_apart_and_nothing_older_comes_in_its_place() {
        let worker = Arc::new(Worker::default());
        let kept = Kept::new(Arc::clone(&worker) as _, &CacheConfig::default());
        let by_taste = RecommendRequest {
            events: vec![viewed(10)],
            hidden: Vec::new(),
            limit: 10,
            now: Timestamp::UNIX_EPOCH,
            person: Some(asker(1)),
            model: None,
            stars: false,
            next: false,
        };
        let next = RecommendRequest { next: true, ..by_taste.clone() };
        kept.recommend(by_taste.clone()).await.unwrap();
        let fresh = kept.recommend(next.clone()).await.unwrap();
        assert_eq!(worker.asked.load(Ordering::Relaxed), 2);
        worker.is_gone.store(true, Ordering::Relaxed);
        assert_eq!(kept.recommend(next.clone()).await.unwrap(), fresh, "the same is asked again");
        let since = vec![viewed(10), viewed(11)];
        let later = RecommendRequest { events: since.clone(), ..next };
        assert!(matches!(kept.recommend(later).await, Err(RecommenderError::TimedOut(1))));
        assert!(kept.recommend(RecommendRequest { events: since, ..by_taste }).await.is_ok(), "by taste the last one");
    }

    #[tokio::test]
    async fn who_did_nothing_since_gets_the_same_answer_and_whoever_did_something_a_new_one() {
        let worker = Arc::new(Worker::default());
        let kept = Kept::new(Arc::clone(&worker) as _, &CacheConfig::default());
        let request = |events: Vec<Event>, person: u128, limit| RecommendRequest {
            events,
            hidden: Vec::new(),
            limit,
            now: Timestamp::UNIX_EPOCH,
            person: Some(asker(person)),
            model: None,
            stars: false,
            next: false,
        };
        let asked = || worker.asked.load(Ordering::Relaxed);
        kept.recommend(request(vec![viewed(10)], 1, 5)).await.unwrap();
        kept.recommend(request(vec![viewed(10)], 1, 5)).await.unwrap();
        assert_eq!(asked(), 1);
        let rated = |stars| {
            let kind = EventKind::Rated { stars: Stars::new(stars).unwrap() };
            vec![viewed(10), Event { kind, ..viewed(11) }]
        };
        kept.recommend(request(rated(4.0), 1, 5)).await.unwrap();
        kept.recommend(request(rated(4.5), 1, 5)).await.unwrap();
        kept.recommend(request(rated(4.5), 1, 6)).await.unwrap();
        kept.recommend(request(rated(4.5), 2, 6)).await.unwrap();
        assert_eq!(asked(), 5, "a rating, other stars, more films, another person");
    }

    #[tokio::test]
    async fn why_a_film_is_on_the_list_is_told_by_the_last_one_until_the_person_says_something_new() {
        let worker = Arc::new(Worker::default());
        let kept = Kept::new(Arc::clone(&worker) as _, &CacheConfig::default());
        let rated = |number: u128, stars| {
            let kind = EventKind::Rated { stars: Stars::new(stars).unwrap() };
            Event { kind, ..viewed(number) }
        };
        let request = |events: Vec<Event>, limit| RecommendRequest {
            events,
            hidden: Vec::new(),
            limit,
            now: Timestamp::UNIX_EPOCH,
            person: Some(asker(1)),
            model: None,
            stars: false,
            next: false,
        };
        let list = kept.recommend(request(vec![rated(11, 4.0)], 5)).await.unwrap();
        // A shorter list, and films that were only looked at, change nothing.
        kept.recommend(request(vec![rated(11, 4.0)], 2)).await.unwrap();
        let recall = |events, limit, number| kept.recall(&request(events, limit), film(number));
        assert_eq!(recall(vec![rated(11, 4.0), viewed(4)], 5, 4), Recall::Film(list[3].clone()));
        assert_eq!(recall(vec![rated(11, 4.0)], 5, 4), Recall::Film(list[3].clone()));
        assert_eq!(recall(vec![rated(11, 4.0), viewed(9)], 5, 9), Recall::NotAmong);
        assert_eq!(recall(vec![rated(11, 4.0)], 3, 4), Recall::NotAmong, "not among the first three");
        // What there is beyond the events of a request counts, too.
        let mut said_more = request(vec![rated(11, 4.0)], 5);
        said_more.person = said_more.person.map(|person| Asker { opinions: 1, ..person });
        assert_eq!(kept.recall(&said_more, film(4)), Recall::NoList, "something else was said");
        assert_eq!(recall(vec![rated(11, 4.0)], 6, 4), Recall::NoList, "a longer list");
        kept.recommend(request(vec![viewed(11)], 5)).await.unwrap();
        assert_eq!(recall(vec![viewed(11)], 5, 4), Recall::NoList, "nothing rated at all");
    }

    #[tokio::test]
    async fn answers_of_a_model_on_trial_and_of_the_live_one_are_never_taken_for_each_other() {
        let worker = Arc::new(Worker::default());
        let kept = Kept::new(Arc::clone(&worker) as _, &CacheConfig::default());
        let request = |model: Option<&str>, limit| RecommendRequest {
            events: vec![viewed(10)],
            hidden: Vec::new(),
            limit,
            now: Timestamp::UNIX_EPOCH,
            person: Some(asker(1)),
            model: model.map(str::to_owned),
            stars: false,
            next: false,
        };
        let first = async |model, limit| {
            let RankedBy { movies, version } = kept.recommend_by(request(model, limit)).await.unwrap();
            (movies[0].movie, version)
        };
        let (live, on_trial) = ((film(1), None), (film(6), Some("new".to_owned())));
        for _ in 0..2 {
            assert_eq!(first(None, 5).await, live);
            assert_eq!(first(Some("new"), 5).await, on_trial);
        }
        assert_eq!(worker.asked.load(Ordering::Relaxed), 2, "each of them is kept");
        worker.is_gone.store(true, Ordering::Relaxed);
        assert_eq!(first(Some("new"), 4).await, on_trial, "the last one of the same arm");
        assert_eq!(first(None, 4).await, live);
        assert_eq!(first(Some("newer"), 4).await, live, "of which there is none");
    }
}
