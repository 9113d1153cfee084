//! Asking a provider, within bounds: its time, the size of its answer, TLS, and no redirects.

use std::{pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use thiserror::Error;
use url::Url;

use crate::config::{SignInConfig, is_guarded};

/// Why a provider's answer was not taken.
#[derive(Debug, Error)]
pub enum FetchError {
    #[error("{0} is no address that is asked: it must be https://")]
    Unguarded(String),
    #[error("it sent us on to another address, which is not followed")]
    Redirect,
    #[error("its answer is larger than {0} bytes")]
    TooLarge(usize),
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    #[error("{0}")]
    Failed(#[source] reqwest::Error),
    #[error("{0}")]
    Malformed(#[source] http::Error),
}

/// The client for one provider.
#[derive(Clone)]
pub struct Fetch {
    client: reqwest::Client,
    timeout: Duration,
    limit_bytes: usize,
    /// Whether `http://` on this machine is asked: for a provider that is there itself.
    this_machine: bool,
}

impl Fetch {
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(config: &SignInConfig, this_machine: bool) -> anyhow::Result<Self> {
        // Harmless where a library has chosen before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .user_agent("Matinee")
            .timeout(config.provider_timeout())
            .build()?;
        Ok(Self { client, timeout: config.provider_timeout(), limit_bytes: config.provider_answer_bytes, this_machine })
    }

    /// Whether the address may be asked, or a browser sent there.
    pub fn may_ask(&self, url: &Url) -> bool {
        is_guarded(url, self.this_machine)
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let (parts, body) = request.into_parts();
        let unguarded = || FetchError::Unguarded(parts.uri.to_string());
        let url = Url::parse(&parts.uri.to_string()).ok().filter(|url| self.may_ask(url)).ok_or_else(unguarded)?;
        let request = self.client.request(parts.method, url).headers(parts.headers).body(body);
        let mut response = request.send().await.map_err(|error| FetchError::Failed(error.without_url()))?;
        if response.status().is_redirection() {
            return Err(FetchError::Redirect);
        }
        let too_large = FetchError::TooLarge(self.limit_bytes);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| FetchError::Failed(error.without_url()))? {
            if body.len() + chunk.len() > self.limit_bytes {
                return Err(too_large);
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        answer.body(body).map_err(FetchError::Malformed)
    }
}

impl<'c> AsyncHttpClient<'c> for Fetch {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = tokio::time::timeout(self.timeout, self.ask(request)).await;
            answer.unwrap_or(Err(FetchError::TimedOut(self.timeout)))
        })
    }
}
