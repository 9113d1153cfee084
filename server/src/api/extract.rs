//! Extractors whose refusals are problems.

use axum::{
    extract::{FromRef, FromRequest, FromRequestParts, Path, Query, Request, rejection::JsonRejection},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
};
use matinee_domain::{FieldError, TokenScope, UserId};
use matinee_services::{Services, security_log};
use serde::de::DeserializeOwned;
use tower_sessions::Session;

use crate::{http::problem::Problem, state::AppState};

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(refused(&rejection)),
        }
    }
}

fn refused(rejection: &JsonRejection) -> Problem {
    let status = rejection.status();
    let detail = rejection.body_text();
    match status {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            let detail = "send JSON, with content-type: application/json";
            Problem::new(status, "not-json", "The body is not JSON", detail)
        }
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(status, "too-large", "The body is too large", detail),
        StatusCode::UNPROCESSABLE_ENTITY => {
            let (field, reason) = told(&detail);
            Problem::invalid(vec![FieldError::new(field, "wrong_value", reason)])
        }
        _ => Problem::bad_request(detail),
    }
}

/// The field that serde's message is about, and what is wrong with it: of ``…: stars: invalid type… at line 1 column 9`` or
/// ``…: missing field `stars` …``.
fn told(message: &str) -> (&str, &str) {
    let reason = message.split_once("target type: ").map_or(message, |(_, reason)| reason);
    let reason = reason.rsplit_once(" at line ").map_or(reason, |(reason, _)| reason);
    if let Some((_, rest)) = reason.split_once("field `") {
        // Of an unknown field serde says its name twice.
        let said = ["unknown field", "missing field"].iter().filter_map(|words| reason.find(words)).min();
        return (rest.split('`').next().unwrap_or("body"), &reason[said.unwrap_or(0)..]);
    }
    match reason.split_once(": ") {
        Some((field, reason)) if !field.contains(' ') => (field, reason),
        _ => ("body", reason),
    }
}

/// The query of an address.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let found = Query::<T>::from_request_parts(parts, state).await;
        found.map(|Query(params)| Self(params)).map_err(|rejection| Problem::bad_request(rejection.body_text()))
    }
}

/// An id in a path. Text that is no id names nothing: 404.
pub struct Id<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let found = Path::<T>::from_request_parts(parts, state).await;
        found
            .map(|Path(id)| Self(id))
            .map_err(|rejection| Problem::not_found(format!("nothing has this address: {}", rejection.body_text())))
    }
}

/// Who asks: by a token (`Authorization: Bearer …`) or, where none is sent, by the session's cookie. A token that may only read
/// is refused for whatever changes something.
pub struct Me(pub UserId);

impl<S> FromRequestParts<S> for Me
where
    S: Send + Sync,
    Services: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if let Some(token) = parts.headers.get(header::AUTHORIZATION).and_then(bearer) {
            return by_token(token, &parts.method, &Services::from_ref(state)).await;
        }
        let session = session_of(parts, state).await?;
        let user = matinee_app::session::user_of(&session).await?;
        user.map(Self).ok_or_else(Problem::sign_in_needed)
    }
}

/// Who asks, and has signed in lately with all that is asked of them. A token is no such proof, whatever it may do: programs hold it for months.
pub struct ProvenMe(pub UserId);

impl FromRequestParts<AppState> for ProvenMe {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let is_by_token = parts.headers.get(header::AUTHORIZATION).and_then(bearer).is_some();
        let Me(me) = Me::from_request_parts(parts, state).await?;
        if is_by_token {
            security_log::access_refused(Some(me), "proof");
            return Err(Problem::forbidden(
                "no token is enough for this: sign in (POST /api/v1/session) and send the session's cookie in its place",
            ));
        }
        let session = session_of(parts, state).await?;
        let now = state.services.clock.now();
        if matinee_app::session::has_proved(&session, now, state.oauth.recent()).await? {
            Ok(Self(me))
        } else {
            Err(Problem::proof_needed())
        }
    }
}

async fn session_of<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Session, Problem> {
    Session::from_request_parts(parts, state).await.map_err(|(_, reason)| {
        tracing::error!(reason, "no session layer");
        Problem::internal()
    })
}

/// What stands after `Bearer`, in any case (RFC 9110, section 11.1). Other schemes are meant for somebody in front.
pub fn bearer(sent: &HeaderValue) -> Option<&str> {
    let (scheme, token) = sent.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn by_token(text: &str, method: &Method, services: &Services) -> Result<Me, Problem> {
    let token = services.check_token(text).await?;
    if token.scope < TokenScope::Write && !matches!(*method, Method::GET | Method::HEAD) {
        security_log::access_refused(Some(token.user), "write");
        return Err(Problem::forbidden("this token may only read: make one at /account/tokens that may change, too"));
    }
    Ok(Me(token.user))
}

/// A `limit` within its range.
///
/// # Errors
/// 400 outside 1–`max`.
pub fn limit(asked: Option<u32>, default: u32, max: u32) -> Result<u32, Problem> {
    match asked {
        None => Ok(default),
        Some(limit) if (1..=max).contains(&limit) => Ok(limit),
        Some(limit) => Err(Problem::bad_request(format!("limit is {limit}, but must be between 1 and {max}"))),
    }
}

/// An `offset`, 0 where none is given.
///
/// # Errors
/// 400 beyond `max`.
pub fn offset_within(asked: Option<u32>, max: u32) -> Result<u32, Problem> {
    let offset = asked.unwrap_or(0);
    if offset <= max {
        return Ok(offset);
    }
    Err(Problem::bad_request(format!("offset is {offset}, but must be {max} or less")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_does_not_fit_is_told_by_its_field_and_in_few_words() {
        let prefix = "Failed to deserialize the JSON body into the target type: ";
        for (reason, field, told_reason) in [
            (
                "stars: a rating is between 0.5 and 5 stars, not 4.7 at line 1 column 14",
                "stars",
                "a rating is between 0.5 and 5 stars, not 4.7",
            ),
            ("missing field `email` at line 1 column 2", "email", "missing field `email`"),
            (
                "star: unknown field `star`, expected `stars` at line 1 column 7",
                "star",
                "unknown field `star`, expected `stars`",
            ),
            (
                "invalid type: sequence, expected struct at line 1 column 0",
                "body",
                "invalid type: sequence, expected struct",
            ),
        ] {
            assert_eq!(told(&format!("{prefix}{reason}")), (field, told_reason));
        }
    }
}
