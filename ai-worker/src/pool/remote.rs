//! The HTTP client.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use matinee_domain::MovieId;
use matinee_services::ports::{
    ModelStatus, RecommendRequest, Recommender, RecommenderError, ScoredMovie, SimilarMovie,
};
use reqwest::{Client, RequestBuilder, Url, header::RETRY_AFTER};
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::health::Rotation;
use crate::protocol::{RECOMMEND, Recommended, Refusal, SIMILAR, STATUS, Similar, SimilarRequest};

/// How long to wait for whom.
#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// For the whole call, whatever the number of workers asked.
    pub timeout: Duration,
    /// For a connection to one worker.
    pub connect_timeout: Duration,
    /// How long a worker that could not be reached is asked last.
    pub rest: Duration,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_millis(300),
            rest: Duration::from_secs(5),
        }
    }
}

/// Why there is no pool.
#[derive(Debug, Error)]
pub enum PoolError {
    #[error("there is no AI worker: give at least one address, such as http://127.0.0.1:8090")]
    Empty,
    #[error("`{address}` is no address of an AI worker ({reason}): it should look like http://127.0.0.1:8090")]
    Address { address: String, reason: String },
    #[error("the HTTP client can't be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// AI workers over HTTP.
pub struct RemoteRecommender {
    workers: Vec<Url>,
    client: Client,
    rotation: Rotation,
    options: PoolOptions,
}

impl RemoteRecommender {
    /// # Errors
    /// When there is no address, or one is none.
    pub fn new<A: AsRef<str>>(addresses: &[A], options: PoolOptions) -> Result<Self, PoolError> {
        let workers = addresses.iter().map(|address| parse_address(address.as_ref())).collect::<Result<Vec<_>, _>>()?;
        if workers.is_empty() {
            return Err(PoolError::Empty);
        }
        let client = Client::builder().connect_timeout(options.connect_timeout).build()?;
        let rotation = Rotation::new(workers.len(), options.rest);
        Ok(Self { workers, client, rotation, options })
    }

    /// Asks one worker after the other until one answers or the time is over.
    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        request: impl Fn(&Client, Url) -> RequestBuilder,
    ) -> Result<T, RecommenderError> {
        let until = Instant::now() + self.options.timeout;
        let timed_out =
            || RecommenderError::TimedOut(u64::try_from(self.options.timeout.as_millis()).unwrap_or(u64::MAX));
        let mut refusal = None;
        for worker in self.rotation.order(Instant::now()) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let url = self.workers[worker].join(path.trim_start_matches('/')).map_err(worker_error)?;
            match call(request(&self.client, url).timeout(left)).await {
                Ok(answer) => {
                    self.rotation.answered(worker);
                    return Ok(answer);
                }
                Err(Failure::Refused(refused)) if !refused.is_worth_another_worker() => return Err(refused.into()),
                Err(Failure::Refused(refused)) => refusal = Some(refused.into()),
                Err(Failure::Unreachable(error)) => {
                    self.rotation.failed(worker, Instant::now());
                    tracing::warn!(error = &error as &dyn std::error::Error, worker.url = %self.workers[worker], "AI worker");
                    refusal =
                        Some(if error.is_timeout() && !error.is_connect() { timed_out() } else { worker_error(error) });
                }
            }
        }
        Err(refusal.unwrap_or_else(timed_out))
    }
}

/// Why one worker gave no answer.
enum Failure {
    Refused(Refusal),
    Unreachable(reqwest::Error),
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Unreachable(error)
    }
}

async fn call<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Failure> {
    let response = request.send().await?;
    let status = response.status();
    if status.is_success() {
        return Ok(response.json().await?);
    }
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let refusal = match (response.json::<Refusal>().await, status.as_u16()) {
        (Ok(refusal), _) => refusal,
        // Something between us and the worker answered, such as a proxy.
        (Err(_), 429) => Refusal::Overloaded { retry_after_ms: retry_after.unwrap_or(1).saturating_mul(1_000) },
        (Err(_), status) => Refusal::Failed { message: format!("an AI worker answered with status {status}") },
    };
    Err(Failure::Refused(refusal))
}

fn worker_error(error: impl std::error::Error + Send + Sync + 'static) -> RecommenderError {
    RecommenderError::Worker(Box::new(error))
}

/// With a slash at the end, so that joining keeps a path such as `/ai`.
fn parse_address(address: &str) -> Result<Url, PoolError> {
    let failed = |reason: String| PoolError::Address { address: address.to_owned(), reason };
    let with_slash = format!("{}/", address.trim().trim_end_matches('/'));
    let url: Url = with_slash.parse().map_err(|error| failed(format!("{error}")))?;
    match (url.scheme(), url.host_str()) {
        ("http", Some(_)) => Ok(url),
        (scheme, _) => Err(failed(format!("it is `{scheme}`, not http"))),
    }
}

#[async_trait]
impl Recommender for RemoteRecommender {
    async fn recommend(&self, request: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
        let answer: Recommended = self.ask(RECOMMEND, |client, url| client.post(url).json(&request)).await?;
        Ok(answer.movies)
    }

    async fn similar(&self, movie: MovieId, limit: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
        let request = SimilarRequest { movie, limit };
        let answer: Similar = self.ask(SIMILAR, |client, url| client.post(url).json(&request)).await?;
        Ok(answer.movies)
    }

    async fn status(&self) -> Result<ModelStatus, RecommenderError> {
        self.ask(STATUS, Client::get).await
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
    fn the_path_of_an_address_is_kept() {
        let url = parse_address("http://host:1/ai").unwrap().join("v1/status").unwrap();
        assert_eq!(url.as_str(), "http://host:1/ai/v1/status");
    }
}
