//! The pool as a recommender.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use futures::future::join_all;
use matinee_domain::MovieId;
use matinee_services::ports::{
    Describer, ModelStatus, NearMovie, RankedBy, RecommendRequest, Recommender, RecommenderError, ScoredMovie, Shard,
    SimilarMovie,
};
use reqwest::{Client, ClientBuilder};
use rustls::ClientConfig;
use serde::de::DeserializeOwned;

use super::{
    PoolError, PoolOptions,
    ask::ask,
    call::Question,
    choice::{mixed, order},
    latency::Latencies,
    member::Member,
    parts::{groups, merged},
    watch::{look, watch},
};
use crate::protocol::{
    DESCRIBE, DescribeRequest, EXPLAIN, ExplainRequest, Near, RANK, RECOMMEND, RankRequest, Recommended, SIMILAR,
    STATUS, Similar, SimilarRequest,
};

/// AI workers over HTTP.
#[derive(Debug)]
pub struct RemoteRecommender {
    members: RwLock<Arc<[Arc<Member>]>>,
    client: Client,
    latencies: Latencies,
    options: PoolOptions,
}

/// How long a connection is kept for the next request: less than workers wait for one (35 s), so that none is closed while it is used.
const IDLE: Duration = Duration::from_secs(25);

/// For clients of workers, and of a store of models. Where another part of the program has switched TLS on in the client's crate, one can't be made before somebody
/// has chosen whose cryptography it uses.
pub(crate) fn client_builder() -> ClientBuilder {
    // An error says that it is chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
}

impl RemoteRecommender {
    /// # Errors
    /// When there is no address, or one is none.
    pub fn new<A: AsRef<str>>(addresses: &[A], options: PoolOptions) -> Result<Self, PoolError> {
        let mut client = client_builder().connect_timeout(options.connect_timeout).pool_idle_timeout(IDLE);
        if let Some(tls) = &options.tls {
            client = client.tls_backend_preconfigured(ClientConfig::clone(tls));
        }
        let client = client.build()?;
        let latencies = Latencies::of_kinds([RECOMMEND, RANK, EXPLAIN, SIMILAR, DESCRIBE]);
        let pool = Self { members: RwLock::new([].into()), client, latencies, options };
        pool.set_workers(addresses)?;
        Ok(pool)
    }

    /// Looks after the workers' health from now on, until the pool is dropped.
    pub fn watch(self: &Arc<Self>) {
        tokio::spawn(watch(Arc::downgrade(self), self.options.watch_interval));
    }

    /// Puts other workers in place. What is under way is finished; what is known of those that stay is kept.
    ///
    /// # Errors
    /// When there is no address, or one is none: then nothing changes.
    pub fn set_workers<A: AsRef<str>>(&self, addresses: &[A]) -> Result<(), PoolError> {
        let present = self.members();
        let mut members: Vec<Arc<Member>> = Vec::with_capacity(addresses.len());
        for address in addresses {
            let new = Member::new(address.as_ref(), &self.options)?;
            if members.iter().any(|member| member.url == new.url) {
                continue;
            }
            let known = present.iter().find(|member| member.url == new.url);
            members.push(known.map_or_else(|| Arc::new(new), Arc::clone));
        }
        if members.is_empty() {
            return Err(PoolError::Empty);
        }
        *self.members.write().unwrap_or_else(PoisonError::into_inner) = members.into();
        Ok(())
    }

    /// The workers' addresses.
    pub fn workers(&self) -> Vec<String> {
        self.members().iter().map(|member| member.url.to_string()).collect()
    }

    pub(super) fn members(&self) -> Arc<[Arc<Member>]> {
        Arc::clone(&self.members.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    async fn ask<T: DeserializeOwned>(&self, question: &Question) -> Result<T, RecommenderError> {
        Ok(self.ask_one_of(&self.members(), question, self.until()).await?.0)
    }

    /// When a call that begins now is over, however many workers it asks, and how often.
    fn until(&self) -> Instant {
        Instant::now() + self.options.timeout
    }

    async fn ask_one_of<T: DeserializeOwned>(
        &self,
        members: &[Arc<Member>],
        question: &Question,
        until: Instant,
    ) -> Result<(T, Option<Shard>), RecommenderError> {
        let order = order(members, question.key, Instant::now());
        ask(&self.client, &self.options, self.latencies.of(question.path), order, question, until).await
    }

    /// Asks one worker of each part of the films, and returns what they say in the order of the parts, and of how many: one where films are
    /// not divided. What a part doesn't answer is missing.
    ///
    /// # Errors
    /// When no part answers.
    async fn ask_parts<T: DeserializeOwned>(
        &self,
        question: &Question,
        until: Instant,
    ) -> Result<Parts<T>, RecommenderError> {
        for is_last in [false, true] {
            let groups = groups(&self.members(), Instant::now());
            let asked = groups.iter().map(|group| self.ask_one_of(&group.members, question, until));
            let found = join_all(asked).await;
            let mut parts =
                Parts { answers: Vec::new(), of: groups.first().and_then(|group| group.shard).map_or(1, Shard::of) };
            let (mut error, mut is_as_thought) = (RecommenderError::NoModel, true);
            for (group, answer) in groups.iter().zip(found) {
                match answer {
                    Ok((answer, shard)) if shard == group.shard => parts.answers.push(answer),
                    Ok(_) => is_as_thought = false,
                    Err(refused) => error = worse(error, refused),
                }
            }
            if is_as_thought || is_last || Instant::now() >= until {
                return if parts.answers.is_empty() { Err(error) } else { Ok(parts) };
            }
            // Who answered has another part than was thought; who else has which is found out before all are asked once more.
            let members = self.members();
            let looks = join_all(members.iter().map(|member| look(&self.client, member)));
            // Whom it takes too long to hear from is asked, or not, as was thought.
            let _ = tokio::time::timeout_at(until.into(), looks).await;
        }
        Err(RecommenderError::NoModel)
    }

    /// The best of all parts that have the model that is wanted; of the live one where not all of them have it, for it has more of the films.
    async fn best_by_one_model(&self, question: Question, limit: u32) -> Result<RankedBy, RecommenderError> {
        let until = self.until();
        let (ranked, is_of_one) = self.best_of_parts(&question, limit, until).await?;
        if is_of_one || question.model.is_none() || Instant::now() >= until {
            return Ok(ranked);
        }
        Ok(self.best_of_parts(&question.of(None), limit, until).await.map_or(ranked, |(whole, _)| whole))
    }

    /// The best of all parts.
    async fn best_of_parts(
        &self,
        question: &Question,
        limit: u32,
        until: Instant,
    ) -> Result<(RankedBy, bool), RecommenderError> {
        let parts: Parts<Recommended> = self.ask_parts(question, until).await?;
        if parts.answers.len() < usize::from(parts.of) {
            metrics::counter!("matinee_ai_pool_partial_total").increment(1);
        }
        let answers = parts.answers.into_iter();
        let answers: Vec<_> = answers.map(|answer| RankedBy { movies: answer.movies, version: answer.model }).collect();
        let is_of_one = answers.windows(2).all(|pair| pair[0].version == pair[1].version);
        Ok((merged(answers, limit as usize), is_of_one))
    }
}

/// What the parts of the films answered.
struct Parts<T> {
    answers: Vec<T>,
    /// Parts that there are.
    of: u16,
}

/// Of two errors the one that says more: that a film is unknown to those who answered is said where nothing else went wrong.
fn worse(one: RecommenderError, other: RecommenderError) -> RecommenderError {
    match (&one, &other) {
        (RecommenderError::NoModel, _) => other,
        (_, RecommenderError::UnknownMovie(_) | RecommenderError::NoModel) => one,
        _ => other,
    }
}

/// What a person's request is about: the person, or else what they did.
fn key_of(request: &RecommendRequest) -> u64 {
    let of_events = || request.events.iter().fold(0, |key, event| mixed(key ^ folded(event.movie.0.as_u128())));
    request.person.map_or_else(of_events, |person| folded(person.id.0.as_u128()))
}

#[expect(clippy::cast_possible_truncation, reason = "both halves count")]
fn folded(bits: u128) -> u64 {
    mixed(bits as u64 ^ (bits >> 64) as u64)
}

#[async_trait]
impl Recommender for RemoteRecommender {
    async fn recommend(&self, request: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
        Ok(self.recommend_by(request).await?.movies)
    }

    async fn recommend_by(&self, request: RecommendRequest) -> Result<RankedBy, RecommenderError> {
        let question = Question::post(RECOMMEND, &request, key_of(&request))?.of(request.model.as_ref());
        let limit = request.limit.clamp(1, RecommendRequest::MAX_LIMIT);
        self.best_by_one_model(question, limit).await
    }

    async fn rank(&self, request: RecommendRequest, movies: Vec<MovieId>) -> Result<RankedBy, RecommenderError> {
        let (key, model) = (key_of(&request), request.model.clone());
        let question = Question::post(RANK, &RankRequest { request, movies }, key)?.of(model.as_ref());
        self.best_by_one_model(question, RecommendRequest::MAX_RANKED).await
    }

    async fn explain(&self, request: RecommendRequest, movie: MovieId) -> Result<ScoredMovie, RecommenderError> {
        let (key, model) = (key_of(&request), request.model.clone());
        let question = Question::post(EXPLAIN, &ExplainRequest { request, movie }, key)?.of(model.as_ref());
        // The others don't have it.
        let found: Parts<ScoredMovie> = self.ask_parts(&question, self.until()).await?;
        found.answers.into_iter().next().ok_or(RecommenderError::UnknownMovie(movie))
    }

    async fn similar(&self, movie: MovieId, limit: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
        let key = folded(movie.0.as_u128());
        let answer: Similar = self.ask(&Question::post(SIMILAR, &SimilarRequest { movie, limit }, key)?).await?;
        Ok(answer.movies)
    }

    async fn status(&self) -> Result<ModelStatus, RecommenderError> {
        self.ask(&Question::get(STATUS)).await
    }
}

#[async_trait]
impl Describer for RemoteRecommender {
    async fn describe(&self, text: &str, limit: u32) -> Result<Vec<NearMovie>, RecommenderError> {
        // Whoever asks the same again finds it in the memory of the same worker.
        let key = text.bytes().fold(0, |key, byte| mixed(key ^ u64::from(byte)));
        let text = text.chars().take(DescribeRequest::MAX_CHARS as usize).collect();
        let answer: Near = self.ask(&Question::post(DESCRIBE, &DescribeRequest { text, limit }, key)?).await?;
        Ok(answer.movies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_none_is_refused_by_name() {
        for bad in ["", "127.0.0.1:8090", "ftp://host", "http://"] {
            let error = RemoteRecommender::new(&[bad], PoolOptions::default()).err().unwrap().to_string();
            assert!(error.contains("should look like"), "{error}");
        }
        assert!(matches!(RemoteRecommender::new::<&str>(&[], PoolOptions::default()), Err(PoolError::Empty)));
    }

    #[test]
    fn workers_join_and_leave_and_what_is_known_of_the_others_stays() {
        let pool = RemoteRecommender::new(&["http://a:1", "http://b:1"], PoolOptions::default()).unwrap();
        let stays = Arc::clone(&pool.members()[1]);
        pool.set_workers(&["http://c:1", "http://b:1/", "http://c:1"]).unwrap();
        assert_eq!(pool.workers(), ["http://c:1/", "http://b:1/"]);
        assert!(Arc::ptr_eq(&stays, &pool.members()[1]));
        assert!(pool.set_workers(&["http://d:1", "ftp://e"]).is_err());
        assert!(pool.set_workers::<&str>(&[]).is_err());
        assert_eq!(pool.workers(), ["http://c:1/", "http://b:1/"]);
    }
}
