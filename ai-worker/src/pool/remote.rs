//! The pool as a recommender.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Instant,
};

use async_trait::async_trait;
use matinee_domain::MovieId;
use matinee_services::ports::{
    Describer, ModelStatus, NearMovie, RecommendRequest, Recommender, RecommenderError, ScoredMovie, SimilarMovie,
};
use reqwest::{Client, ClientBuilder};
use rustls::ClientConfig;
use serde::de::DeserializeOwned;

use super::{
    PoolError, PoolOptions,
    ask::ask,
    call::Question,
    choice::{mixed, order},
    latency::Latency,
    member::Member,
    watch::watch,
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
    latency: Latency,
    options: PoolOptions,
}

/// For clients of workers. Where another part of the program has switched TLS on in the client's crate, one can't be made before somebody
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
        let mut client = client_builder().connect_timeout(options.connect_timeout);
        if let Some(tls) = &options.tls {
            client = client.tls_backend_preconfigured(ClientConfig::clone(tls));
        }
        let client = client.build()?;
        let pool = Self { members: RwLock::new([].into()), client, latency: Latency::default(), options };
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
        let order = order(&self.members(), question.key, Instant::now());
        ask(&self.client, &self.options, &self.latency, order, question).await
    }
}

/// What a person's request is about: the person, or else what they did.
fn key_of(request: &RecommendRequest) -> u64 {
    let of_events = || request.events.iter().fold(0, |key, event| mixed(key ^ folded(event.movie.0.as_u128())));
    request.person.map_or_else(of_events, |person| folded(person.0.as_u128()))
}

#[expect(clippy::cast_possible_truncation, reason = "both halves count")]
fn folded(bits: u128) -> u64 {
    mixed(bits as u64 ^ (bits >> 64) as u64)
}

#[async_trait]
impl Recommender for RemoteRecommender {
    async fn recommend(&self, request: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
        let answer: Recommended = self.ask(&Question::post(RECOMMEND, &request, key_of(&request))?).await?;
        Ok(answer.movies)
    }

    async fn rank(
        &self,
        request: RecommendRequest,
        movies: Vec<MovieId>,
    ) -> Result<Vec<ScoredMovie>, RecommenderError> {
        let key = key_of(&request);
        let answer: Recommended = self.ask(&Question::post(RANK, &RankRequest { request, movies }, key)?).await?;
        Ok(answer.movies)
    }

    async fn explain(&self, request: RecommendRequest, movie: MovieId) -> Result<ScoredMovie, RecommenderError> {
        let key = key_of(&request);
        self.ask(&Question::post(EXPLAIN, &ExplainRequest { request, movie }, key)?).await
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
