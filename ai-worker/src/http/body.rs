//! Reading a request: its body, how long its caller waits, and which model it wants.

use std::time::Duration;

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Request, rejection::JsonRejection},
    http::{StatusCode, request::Parts},
};

use super::refused::Refused;
use crate::{
    model::is_version,
    protocol::{DEADLINE, MAX_BODY_BYTES, MODEL, Refusal},
};

/// A body of JSON; what can't be read is refused in the protocol's form.
pub struct Body<T>(pub T);

impl<T, S> FromRequest<S> for Body<T>
where
    Json<T>: FromRequest<S, Rejection = JsonRejection>,
    S: Send + Sync,
{
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Refusal::TooLarge { most_bytes: MAX_BODY_BYTES as u64 }.into())
            }
            Err(rejection) => Err(Refusal::Invalid { message: rejection.body_text() }.into()),
        }
    }
}

/// How long the caller still waits, if it said so.
pub struct Deadline(pub Option<Duration>);

impl<S: Send + Sync> FromRequestParts<S> for Deadline {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let Some(said) = parts.headers.get(DEADLINE) else { return Ok(Self(None)) };
        // As JSON's numbers of 64 bits are written elsewhere: with a sign.
        let said_ms: Option<i64> = said.to_str().ok().and_then(|text| text.trim().parse().ok());
        match said_ms.and_then(|ms| u64::try_from(ms).ok()) {
            Some(ms) => Ok(Self(Some(Duration::from_millis(ms)))),
            None => Err(Refusal::Invalid { message: format!("{DEADLINE} is no number of milliseconds") }.into()),
        }
    }
}

/// The model on trial that is wanted, if one is.
pub struct Wanted(pub Option<String>);

/// The longest name of a model.
const MAX_NAME: usize = 100;

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let Some(said) = parts.headers.get(MODEL) else { return Ok(Self(None)) };
        match said.to_str() {
            Ok(name) if name.len() <= MAX_NAME && is_version(name) => Ok(Self(Some(name.to_owned()))),
            _ => Err(Refusal::Invalid { message: format!("{MODEL} is no name of a model") }.into()),
        }
    }
}
