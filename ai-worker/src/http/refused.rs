//! A refusal on its way out, as `application/problem+json`.

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use matinee_services::ports::RecommenderError;

use crate::protocol::{Problem, Refusal};

#[derive(Debug)]
pub struct Refused(pub Refusal);

impl From<RecommenderError> for Refused {
    fn from(error: RecommenderError) -> Self {
        Self(Refusal::from(&error))
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after_s = match self.0 {
            Refusal::Overloaded { retry_after_ms } => Some(retry_after_ms.div_ceil(1_000).max(1)),
            _ => None,
        };
        let mut response = (status, Json(Problem::from(self.0))).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after_s {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
