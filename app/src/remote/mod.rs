//! How pages reach their server functions: [`load`] for what a page shows, [`ask`] and [`call`] for what somebody does, and [`Sending`] for
//! forms. On the server these run the function itself; in the browser they are one request each.
//!
//! The browser's half knows no types but at its very edge: everything is text until it is read. Written for each type anew, as
//! resources and actions are, it was a tenth of what people download.

#[cfg(not(feature = "ssr"))]
mod browser;
mod json;
mod sending;
#[cfg(feature = "ssr")]
mod server;
#[cfg(not(feature = "ssr"))]
mod transport;

use leptos::server_fn::ServerFn;
use serde::{Serialize, de::DeserializeOwned};

#[cfg(not(feature = "ssr"))]
use browser as side;
pub use json::Json;
pub use sending::{Sending, SentForm};
#[cfg(feature = "ssr")]
use server as side;
pub use side::{Loading, ask, call};

use crate::AppError;

/// A server function that pages may use.
pub trait Remote:
    ServerFn<Error = AppError, Output: Serialize + DeserializeOwned + Sync> + Serialize + 'static
{
}

impl<F> Remote for F where
    F: ServerFn<Error = AppError, Output: Serialize + DeserializeOwned + Sync> + Serialize + 'static
{
}

/// Loads before the server sends anything, so that the answer's status and head can depend on it; in the browser again whenever
/// `input` changes.
pub fn load<F: Remote>(input: impl Fn() -> F + Send + Sync + 'static) -> Loading<F::Output> {
    side::load(|| 0, input)
}

/// The same, loaded anew when `version` changes, too.
pub fn load_since<F: Remote>(
    version: impl Fn() -> u32 + Send + Sync + 'static,
    input: impl Fn() -> F + Send + Sync + 'static,
) -> Loading<F::Output> {
    side::load(version, input)
}

/// How what was loaded travels in the page: `=` and JSON, or `!` and the JSON of the error.
const LOADED: char = '=';
const FAILED: char = '!';
