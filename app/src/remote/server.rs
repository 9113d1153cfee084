//! On the server: the functions themselves.

use std::future::IntoFuture;

use codee::{Decoder, Encoder};
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::{FAILED, LOADED, Remote, json::Unreadable};
use crate::AppError;

type Answer<T> = Result<T, AppError>;

/// Something a page loads.
pub struct Loading<T: Send + Sync + 'static>(Resource<Answer<T>, Travelling>);

impl<T: Send + Sync + 'static> Clone for Loading<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Loading<T> {}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Loading<T> {
    /// What was loaded; `None` until it is there.
    pub fn get(self) -> Option<Answer<T>>
    where
        T: Clone,
    {
        self.0.get()
    }

    /// Reads what was loaded without a copy.
    pub fn with<R>(self, read: impl FnOnce(Option<&Answer<T>>) -> R) -> R {
        self.0.with(|answer| read(answer.as_ref()))
    }

    /// Loads it again.
    pub fn refetch(self) {
        self.0.refetch();
    }
}

impl<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> IntoFuture for Loading<T> {
    type Output = Answer<T>;
    type IntoFuture = <Resource<Answer<T>, Travelling> as IntoFuture>::IntoFuture;

    fn into_future(self) -> Self::IntoFuture {
        self.0.into_future()
    }
}

pub fn load<F: Remote>(
    version: impl Fn() -> u32 + Send + Sync + 'static,
    input: impl Fn() -> F + Send + Sync + 'static,
) -> Loading<F::Output> {
    Loading(Resource::new_with_options(version, move |_| untrack(&input).run_body(), true))
}

/// Runs a server function that only reads.
///
/// # Errors
/// The function's own.
pub async fn ask<F: Remote>(input: F) -> Result<F::Output, AppError> {
    input.run_body().await
}

/// Runs a server function that changes something.
///
/// # Errors
/// The function's own.
pub async fn call<F: Remote>(input: F) -> Result<F::Output, AppError> {
    input.run_body().await
}

/// Forms are sent by browsers.
#[expect(clippy::unused_async, reason = "the browser's side waits here")]
pub async fn submit(_: &'static str, _: &str) -> Answer<()> {
    Err(AppError::Unreachable)
}

/// Into the page for the browser; nothing is ever read back here.
pub struct Travelling;

impl<T: Serialize> Encoder<Answer<T>> for Travelling {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(answer: &Answer<T>) -> Result<String, Self::Error> {
        Ok(match answer {
            Ok(value) => format!("{LOADED}{}", serde_json::to_string(value)?),
            Err(error) => format!("{FAILED}{}", serde_json::to_string(error)?),
        })
    }
}

impl<T: DeserializeOwned> Decoder<Answer<T>> for Travelling {
    type Error = Unreadable;
    type Encoded = str;

    fn decode(text: &str) -> Result<Answer<T>, Unreadable> {
        match text.strip_prefix(LOADED) {
            Some(json) => parse(json).map(Ok),
            None => parse(text.trim_start_matches(FAILED)).map(Err),
        }
        .ok_or(Unreadable)
    }
}

/// Reads JSON.
pub fn parse<T: DeserializeOwned>(json: &str) -> Option<T> {
    serde_json::from_str(json).ok()
}
