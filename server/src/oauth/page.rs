//! What people are told when a provider did not let them in.

use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::{OauthError, routes::Failure};
use crate::state::AppState;

/// Says what happened and what to do next; logs what an operator should know.
pub async fn failed(_state: &AppState, _headers: HeaderMap, provider: &str, failure: Failure) -> Response {
    log(provider, &failure);
    failure.status().into_response()
}

fn log(provider: &str, failure: &Failure) {
    match failure {
        // A name from an address, which may be anything.
        Failure::Provider(OauthError::UnknownProvider | OauthError::Denied) | Failure::Session => {}
        Failure::Provider(error @ OauthError::NoAttempt(_)) => {
            tracing::info!(
                sign_in.provider = provider,
                error = error as &dyn std::error::Error,
                "an answer without attempt"
            );
        }
        Failure::Provider(error) => {
            tracing::warn!(
                sign_in.provider = provider,
                error = error as &dyn std::error::Error,
                "a provider let nobody in"
            );
        }
        Failure::Service(error) => {
            tracing::info!(sign_in.provider = provider, error = error as &dyn std::error::Error, "nobody was let in");
        }
    }
}
