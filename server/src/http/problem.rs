//! Errors of the JSON API as `application/problem+json` (RFC 9457).

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use matinee_app::AppError;
use matinee_domain::FieldError;
use matinee_services::{ServiceError, causes, ports::RecommenderError};
use serde::Serialize;
use utoipa::ToSchema;

/// Whether a page is wanted in place of a problem: a person asks, not a program.
pub fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|kinds| kinds.to_str().ok()).is_some_and(|kinds| kinds.contains("text/html"))
}

/// What went wrong, for programs and for people.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A stable name of the kind of problem: `urn:matinee:problem:not-found`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and what to do.
    pub detail: String,
    /// Refused fields, for `invalid`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    #[serde(skip)]
    retry_after_s: Option<u32>,
}

impl Problem {
    pub fn new(status: StatusCode, name: &str, title: &'static str, detail: impl Into<String>) -> Self {
        let kind = format!("urn:matinee:problem:{name}");
        Self { kind, title, status: status.as_u16(), detail: detail.into(), errors: Vec::new(), retry_after_s: None }
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request can't be read", detail)
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", detail)
    }

    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "This is not allowed", detail)
    }

    pub fn sign_in_needed() -> Self {
        let detail = "sign in first: POST /api/v1/session with e-mail and password, or send a token from /account/tokens as Authorization: Bearer …";
        Self::new(StatusCode::UNAUTHORIZED, "sign-in-needed", "Nobody is signed in", detail)
    }

    /// Somebody is signed in, but since a while.
    pub fn proof_needed() -> Self {
        let detail = "your last sign-in is a while ago, so nothing was changed: sign in once more (POST /api/v1/session), then try again";
        Self::new(StatusCode::FORBIDDEN, "proof-needed", "Sign in once more", detail)
    }

    pub fn unavailable(detail: impl Into<String>) -> Self {
        let title = "A part of the service does not answer";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title, detail).retry_after(2)
    }

    pub fn internal() -> Self {
        let detail = "something went wrong on our side; try again, and name the request id if it stays so";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "An error of the server", detail)
    }

    /// Some fields were refused.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let title = "Some fields can't be taken";
        let detail = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", title, detail) }
    }

    /// Says when to try again, in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after_s = self.retry_after_s;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match &error {
            ServiceError::NotFound { .. } | ServiceError::Recommender(RecommenderError::UnknownMovie(_)) => {
                Self::not_found(error.to_string())
            }
            ServiceError::Invalid(errors) => Self::invalid(errors.clone()),
            ServiceError::Conflict(field) => {
                let title = "There is one already";
                let problem = Self::new(StatusCode::CONFLICT, "conflict", title, field.message.clone());
                Self { errors: vec![field.clone()], ..problem }
            }
            ServiceError::WrongCredentials => {
                Self::new(StatusCode::UNAUTHORIZED, "wrong-credentials", "Signing in failed", error.to_string())
            }
            ServiceError::CodeNeeded => {
                let title = "A code is needed as well";
                Self::new(StatusCode::UNAUTHORIZED, "code-needed", title, error.to_string())
            }
            ServiceError::WrongCode => {
                Self::new(StatusCode::UNAUTHORIZED, "wrong-code", "The code is not right", error.to_string())
            }
            ServiceError::SignInNeeded => Self::sign_in_needed(),
            ServiceError::WrongToken => {
                Self::new(StatusCode::UNAUTHORIZED, "wrong-token", "The token is not good", error.to_string())
            }
            ServiceError::Forbidden { .. } => Self::forbidden(error.to_string()),
            ServiceError::SecondStepNeeded => {
                let title = "A second step is asked of you";
                Self::new(StatusCode::FORBIDDEN, "second-step-needed", title, error.to_string())
            }
            ServiceError::Busy => {
                let title = "Too much at once";
                Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", title, error.to_string()).retry_after(2)
            }
            ServiceError::Repository(_) | ServiceError::Search(_) | ServiceError::Recommender(_) => {
                tracing::error!(error = causes(&error), "a dependency failed");
                Self::unavailable(format!("{error}; try again in a moment"))
            }
            ServiceError::Hashing(_) => {
                tracing::error!(error = causes(&error), "hashing failed");
                Self::internal()
            }
        }
    }
}

impl From<AppError> for Problem {
    /// The session could not be read or kept, which is logged where it happened.
    fn from(_: AppError) -> Self {
        Self::unavailable("your session could not be used; try again in a moment")
    }
}
