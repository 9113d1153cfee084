//! Reading a request: its body, and how long its caller waits.

use std::{convert::Infallible, time::Duration};

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Request, rejection::JsonRejection},
    http::{StatusCode, request::Parts},
};

use super::refused::Refused;
use crate::protocol::{DEADLINE, MAX_BODY_BYTES, Refusal};

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
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let said = parts.headers.get(DEADLINE).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        Ok(Self(said.map(Duration::from_millis)))
    }
}
