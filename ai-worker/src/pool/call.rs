//! One request to one worker.

use std::time::Duration;

use matinee_services::ports::{RecommenderError, Shard};
use reqwest::{
    Client, Method, Response,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use serde::{Serialize, de::DeserializeOwned};

use super::member::{InFlight, Part};
use crate::protocol::{DEADLINE, MODEL, Refusal, SHARD};

/// What is asked of a worker, whichever it will be.
#[derive(Clone, Debug)]
pub struct Question {
    pub path: &'static str,
    pub method: Method,
    pub body: Vec<u8>,
    /// Equal keys go to the same worker, if nothing speaks against it.
    pub key: u64,
    /// The model on trial that is wanted.
    pub model: Option<String>,
}

impl Question {
    /// # Errors
    /// When the body is no JSON.
    pub fn post(path: &'static str, body: &impl Serialize, key: u64) -> Result<Self, RecommenderError> {
        let body = serde_json::to_vec(body).map_err(worker_error)?;
        Ok(Self { path, method: Method::POST, body, key, model: None })
    }

    /// The same of a model on trial.
    pub fn of(self, model: Option<&String>) -> Self {
        Self { model: model.cloned(), ..self }
    }

    pub fn get(path: &'static str) -> Self {
        Self { path, method: Method::GET, body: Vec::new(), key: 0, model: None }
    }
}

/// Why one worker gave no answer.
#[derive(Debug)]
pub enum Failure {
    Refused(Refusal),
    Unreachable(reqwest::Error),
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Unreachable(error)
    }
}

/// Asks, and waits for `left` at most. Returns the answer and of which part of the films it is, where not of all.
pub async fn call<T: DeserializeOwned>(
    client: &Client,
    flight: &InFlight,
    question: &Question,
    left: Duration,
) -> Result<(T, Option<Shard>), Failure> {
    let Ok(url) = flight.0.url.join(question.path.trim_start_matches('/')) else {
        return Err(Failure::Refused(Refusal::Failed { message: format!("{} is no path", question.path) }));
    };
    let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    let mut request = client
        .request(question.method.clone(), url)
        .header(CONTENT_TYPE, "application/json")
        .header(DEADLINE, left_ms)
        .body(question.body.clone())
        .timeout(left);
    if let Some(model) = &question.model {
        request = request.header(MODEL, model);
    }
    let response = request.send().await?;
    let status = response.status();
    let shard = shard_of(&response);
    if status.is_success() {
        flight.0.learn(shard.map_or(Part::All, Part::Of));
        return Ok((response.json().await?, shard));
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

/// The part of the films of which a worker says that it has it.
pub fn shard_of(response: &Response) -> Option<Shard> {
    response.headers().get(SHARD)?.to_str().ok()?.parse().ok()
}

pub fn worker_error(error: impl std::error::Error + Send + Sync + 'static) -> RecommenderError {
    RecommenderError::Worker(Box::new(error))
}
