//! In the browser: requests, and what came with the page.

use std::{
    any::Any,
    convert::Infallible,
    future::{Future, IntoFuture},
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, OnceLock},
};

use codee::{Decoder, Encoder};
use js_sys::JSON;
use leptos::{prelude::*, server_fn::serde::de::DeserializeOwned};
use send_wrapper::SendWrapper;

use super::{FAILED, LOADED, Remote, transport};
use crate::AppError;

/// Something a page loads.
pub struct Loading<T> {
    resource: Resource<Answer, Travelling>,
    read_as: PhantomData<fn() -> T>,
}

impl<T> Clone for Loading<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Loading<T> {}

impl<T: DeserializeOwned + Send + Sync + 'static> Loading<T> {
    /// What was loaded; `None` until it is there.
    pub fn get(self) -> Option<Result<T, AppError>>
    where
        T: Clone,
    {
        self.resource.get().map(|answer| answer.value().clone())
    }

    /// Reads what was loaded without a copy.
    pub fn with<R>(self, read: impl FnOnce(Option<&Result<T, AppError>>) -> R) -> R {
        let answer = self.resource.get();
        read(answer.as_ref().map(Answer::value))
    }

    /// Loads it again.
    pub fn refetch(self) {
        self.resource.refetch();
    }
}

impl<T: Clone + DeserializeOwned + Send + Sync + 'static> IntoFuture for Loading<T> {
    type Output = Result<T, AppError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let answer = wait(self.resource);
        Box::pin(async move { answer.await.value::<T>().clone() })
    }
}

fn wait(resource: Resource<Answer, Travelling>) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    Box::pin(resource.into_future())
}

pub fn load<F: Remote>(
    version: impl Fn() -> u32 + Send + Sync + 'static,
    input: impl Fn() -> F + Send + Sync + 'static,
) -> Loading<F::Output> {
    let resource = resource(Box::new(version), Box::new(move || address(&input())));
    Loading { resource, read_as: PhantomData }
}

type Source<T> = Box<dyn Fn() -> T + Send + Sync>;

fn resource(version: Source<u32>, address: Source<String>) -> Resource<Answer, Travelling> {
    let source = move || (version(), address());
    Resource::new_with_options(source, |(_, address)| SendWrapper::new(fetch(address)), true)
}

fn fetch(address: String) -> Pin<Box<dyn Future<Output = Answer>>> {
    Box::pin(async move { Answer::new(transport::get(&address).await) })
}

/// A function's path and its input as a query.
fn address<F: Remote>(input: &F) -> String {
    let query = form(input);
    if query.is_empty() { F::PATH.to_owned() } else { format!("{}?{query}", F::PATH) }
}

fn form<F: Remote>(input: &F) -> String {
    serde_qs::to_string(input).unwrap_or_default()
}

/// Runs a server function that only reads.
///
/// # Errors
/// The function's own; `Unreachable` without a connection; `Unavailable` where the answer can't be read.
pub async fn ask<F: Remote>(input: F) -> Result<F::Output, AppError> {
    read(fetch(address(&input)).await.text())
}

/// Runs a server function that changes something.
///
/// # Errors
/// As those of [`ask`].
pub async fn call<F: Remote>(input: F) -> Result<F::Output, AppError> {
    read(&transport::post(F::PATH, &form(&input)).await)
}

/// Sends a form's fields.
///
/// # Errors
/// As those of [`ask`].
pub async fn submit(path: &'static str, fields: &str) -> Result<(), AppError> {
    transport::post(path, fields).await.map(drop)
}

fn read<T: DeserializeOwned>(text: &Result<String, AppError>) -> Result<T, AppError> {
    parse(text.as_ref().map_err(Clone::clone)?).ok_or(AppError::Unavailable)
}

/// Reads JSON by the browser's own reader.
pub fn parse<T: DeserializeOwned>(json: &str) -> Option<T> {
    serde_wasm_bindgen::from_value(JSON::parse(json).ok()?).ok()
}

/// What a server function answered: text until somebody reads it.
#[derive(Clone)]
struct Answer(Arc<Inner>);

struct Inner {
    text: Result<String, AppError>,
    value: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl Answer {
    fn new(text: Result<String, AppError>) -> Self {
        Self(Arc::new(Inner { text, value: OnceLock::new() }))
    }

    fn text(&self) -> &Result<String, AppError> {
        &self.0.text
    }

    /// As what it is, which is always the same for one answer.
    fn value<T: DeserializeOwned + Send + Sync + 'static>(&self) -> &Result<T, AppError> {
        let value = self.0.value.get_or_init(|| Box::new(read::<T>(self.text())));
        value.downcast_ref().expect("an answer is read as one type")
    }
}

/// What came with the page, see the server's side.
struct Travelling;

impl Decoder<Answer> for Travelling {
    type Error = Infallible;
    type Encoded = str;

    fn decode(text: &str) -> Result<Answer, Infallible> {
        Ok(Answer::new(match text.strip_prefix(LOADED) {
            Some(json) => Ok(json.to_owned()),
            None => Err(parse(text.trim_start_matches(FAILED)).unwrap_or(AppError::Unavailable)),
        }))
    }
}

/// Nothing travels from here.
impl Encoder<Answer> for Travelling {
    type Error = Infallible;
    type Encoded = String;

    fn encode(_: &Answer) -> Result<String, Infallible> {
        Ok(String::new())
    }
}
