//! Passkeys at this instance: where they work, and what is kept of a ceremony between its two requests.
//!
//! That is an attempt as for signing in at a provider (`oauth::attempt`): a row that can be taken once, on whichever instance, and
//! a cookie of the browser that began it.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use matinee_domain::UserId;
use matinee_services::{
    passkeys::{Begun, RelyingParty},
    ports::SignInAttempt,
};

use crate::{
    config::ServerConfig,
    oauth::{
        OauthError,
        attempt::{Attempts, Held},
    },
    state::AppState,
};

/// How long a device may take to answer, as the browser is told.
const LIFE: TimeDelta = TimeDelta::minutes(5);

/// Where passkeys work, if they do.
#[derive(Clone, Debug)]
pub struct Passkeys(Option<Arc<RelyingParty>>);

/// What a ceremony is for. No provider has such a name: those hold no colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Add(UserId),
    SignIn,
    /// In place of the code, after the password.
    SecondStep,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Add(_) => "passkey:add",
            Self::SignIn => "passkey:sign-in",
            Self::SecondStep => "passkey:second-step",
        }
    }

    const fn user(self) -> Option<UserId> {
        match self {
            Self::Add(user) => Some(user),
            Self::SignIn | Self::SecondStep => None,
        }
    }
}

impl Passkeys {
    /// At the configured public origin. Where none is and this machine alone is listened to, as on a laptop, by that machine's name,
    /// for browsers know no passkeys of addresses.
    pub fn open(config: &ServerConfig, listening: &str) -> Self {
        let party = match config.public_origin.as_str() {
            "" => here(listening).and_then(|origin| RelyingParty::at(&origin)),
            origin => RelyingParty::at(origin),
        };
        Self(party.map(Arc::new))
    }

    pub fn party(&self) -> Option<&RelyingParty> {
        self.0.as_deref()
    }
}

fn here(listening: &str) -> Option<String> {
    let address: SocketAddr = listening.strip_prefix("http://")?.parse().ok()?;
    address.ip().is_loopback().then(|| format!("http://localhost:{}", address.port()))
}

/// Keeps what has begun, and tells the browser what to ask of the device.
///
/// # Errors
/// `Database` when it can't be kept.
pub async fn begin(state: &AppState, begun: Begun, purpose: Purpose, back: &str) -> Result<Response, OauthError> {
    let held =
        Held { provider: purpose.name(), nonce: begun.kept, verifier: String::new(), back, user: purpose.user() };
    let cookie = attempts(state).keep(&begun.challenge, held).await?;
    let mut response = Json(begun.options).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Takes what began with this challenge, once.
///
/// # Errors
/// `NoAttempt` when nothing did, for this purpose and in this browser.
pub async fn take(
    state: &AppState,
    headers: &HeaderMap,
    challenge: &str,
    purpose: Purpose,
) -> Result<SignInAttempt, OauthError> {
    let attempt = attempts(state).take(purpose.name(), challenge, headers).await?;
    if attempt.user != purpose.user() {
        return Err(OauthError::NoAttempt("somebody else began it"));
    }
    Ok(attempt)
}

/// Takes the browser's cookie back.
pub fn forget(state: &AppState, response: &mut Response) {
    if let Some(cookie) = attempts(state).no_cookie() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn attempts(state: &AppState) -> Attempts<'_> {
    Attempts { life: LIFE, ..state.oauth.attempts(&state.services) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_belong_to_the_public_origin_or_to_this_machine() {
        let at = |public_origin: &str, listening: &str| {
            let config = ServerConfig { public_origin: public_origin.into(), ..ServerConfig::default() };
            Passkeys::open(&config, listening).party().map(|party| party.origin().to_owned())
        };
        assert_eq!(
            at("https://films.example.org", "http://127.0.0.1:8080").as_deref(),
            Some("https://films.example.org")
        );
        assert_eq!(at("http://films.example.org", "http://127.0.0.1:8080"), None);
        assert_eq!(at("", "http://127.0.0.1:8080").as_deref(), Some("http://localhost:8080"));
        assert_eq!(at("", "http://[::1]:8080").as_deref(), Some("http://localhost:8080"));
        assert_eq!(at("", "http://192.168.0.7:8080"), None);
    }
}
