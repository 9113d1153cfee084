//! Passkeys: adding, naming and removing them (`/account/security/passkeys…`), signing in by one (`/sign-in/passkey`), and in place of
//! the code (`/sign-in/code/passkey`).
//!
//! The pages are plain; one small script (`frontend/assets/passkey.js`) asks the server what to ask of the device, asks the device, and
//! sends its answer as a form, so that what follows is a page like any other.

mod draw;
pub mod second_step;
pub mod sign_in;

pub use draw::{Shown, after_password, instead, part};

use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use matinee_domain::UserId;
use matinee_services::{
    ServiceError, Services,
    passkeys::{NewPasskeyAnswer, PasskeyAnswer, PasskeyError, RelyingParty},
    ports::{Passkey, Says, SignInAttempt},
    security_log,
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    Refusal,
    factor::unkept,
    language_of,
    security::{Proven, SECURITY, handle_of, last_one, renew},
};
use crate::{
    oauth::OauthError,
    passkeys::{self, Purpose},
    state::AppState,
};

/// A device's answer, as the script sends it, and what the passkey is to be called.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    #[serde(default)]
    answer: String,
    #[serde(default)]
    name: String,
    /// The page to go to then.
    #[serde(default)]
    back: String,
}

/// Why a passkey was not taken, as far as people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Over,
    Unknown,
    Wrong,
    Copied,
    SomebodyElse,
}

impl Fault {
    /// Logs what an operator should know. What is not the passkey's fault is handed on.
    fn of(error: PasskeyError) -> Result<Self, Refusal> {
        let shown = &error as &dyn std::error::Error;
        match error {
            PasskeyError::Unknown => {
                security_log::factor_refused("passkey", "unknown", None);
                Ok(Self::Unknown)
            }
            PasskeyError::Unreadable(_) | PasskeyError::Wrong(_) => {
                tracing::info!(error = shown, "a passkey's answer was refused");
                security_log::factor_refused("passkey", "wrong", None);
                Ok(Self::Wrong)
            }
            PasskeyError::Copied => {
                security_log::factor_refused("passkey", "copied", None);
                Ok(Self::Copied)
            }
            PasskeyError::Service(error) => Err(error.into()),
        }
    }
}

/// What came of an answer: somebody, or a fault.
type Checked = Result<(UserId, SignInAttempt), Fault>;

/// Whose passkey the answer is of, to what this browser was asked for this purpose.
async fn check(state: &AppState, headers: &HeaderMap, answer: &str, purpose: Purpose) -> Result<Checked, Refusal> {
    let checked = async {
        let answer = PasskeyAnswer::read(answer)?;
        let Some(attempt) = take(state, headers, &answer.challenge()?, purpose).await? else { return Ok(None) };
        let user = state.services.check_passkey(party(state)?, &attempt.nonce, &answer).await?;
        Ok::<_, PasskeyError>(Some((user, attempt)))
    };
    match checked.await {
        Ok(found) => Ok(found.ok_or(Fault::Over)),
        Err(error) => Fault::of(error).map(Err),
    }
}

/// The attempt that began with this challenge; none where it is over or another browser's.
async fn take(
    state: &AppState,
    headers: &HeaderMap,
    challenge: &str,
    purpose: Purpose,
) -> Result<Option<SignInAttempt>, ServiceError> {
    match passkeys::take(state, headers, challenge, purpose).await {
        Ok(attempt) => Ok(Some(attempt)),
        Err(error @ OauthError::NoAttempt(_)) => {
            tracing::info!(error = &error as &dyn std::error::Error, "a passkey's answer belongs to no attempt");
            Ok(None)
        }
        // It is logged where it happened.
        Err(_) => Err(ServiceError::Busy),
    }
}

/// Where passkeys don't work, their pages aren't there.
fn party(state: &AppState) -> Result<&RelyingParty, ServiceError> {
    state.passkeys.party().ok_or_else(|| Refusal::not_found().0)
}

/// Tells the browser what to ask of the device, for a passkey that is to be called so.
pub async fn begin(
    Proven(me): Proven,
    State(state): State<AppState>,
    Form(given): Form<Given>,
) -> Result<Response, Refusal> {
    let begun = state.services.begin_passkey(party(&state)?, me, &given.name).await;
    let begun = begun.map_err(|error| match error {
        PasskeyError::Service(error) => Refusal(error),
        other => unforeseen(&other),
    })?;
    passkeys::begin(&state, begun, Purpose::Add(me), SECURITY).await.map_err(|_| Refusal(ServiceError::Busy))
}

/// Adds what the device made.
pub async fn add(
    Proven(me): Proven,
    session: Session,
    State(state): State<AppState>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Result<Response, Refusal> {
    let added = async {
        let answer = NewPasskeyAnswer::read(&given.answer)?;
        let challenge = answer.challenge()?;
        let Some(attempt) = take(&state, &headers, &challenge, Purpose::Add(me)).await? else { return Ok(None) };
        let adding = state.services.add_passkey(party(&state)?, me, &attempt.nonce, &answer, &given.name);
        adding.await.map(Some)
    };
    let said = match added.await {
        Ok(Some(passkey)) => {
            // The session may do more now: the device has asked its person beside the sign-in.
            matinee_app::session::strengthen(&session).await.map_err(unkept)?;
            renew(&session).await?;
            let says = Says::PasskeyAdded { name: passkey.name };
            state.services.tell(me, language_of(&headers), says).await?;
            "passkey"
        }
        Ok(None) => "passkey-over",
        Err(error) => match Fault::of(error)? {
            Fault::Over => "passkey-over",
            _ => "passkey-wrong",
        },
    };
    let mut response = done(said).into_response();
    passkeys::forget(&state, &mut response);
    Ok(response)
}

/// Another name for one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewName {
    #[serde(default)]
    name: String,
}

pub async fn rename(
    Proven(me): Proven,
    State(services): State<Services>,
    Path(handle): Path<String>,
    Form(NewName { name }): Form<NewName>,
) -> Result<Redirect, Refusal> {
    let passkey = find(&services, me, &handle).await?;
    services.rename_passkey(me, &passkey.id, &name).await?;
    Ok(done("passkey-named"))
}

pub async fn remove(
    Proven(me): Proven,
    session: Session,
    State(services): State<Services>,
    Path(handle): Path<String>,
    headers: HeaderMap,
) -> Result<Redirect, Refusal> {
    let passkey = find(&services, me, &handle).await?;
    let removed = match services.remove_passkey(me, &passkey.id).await {
        Ok(removed) => removed,
        Err(error) => return last_one(error),
    };
    renew(&session).await?;
    services.tell(me, language_of(&headers), Says::PasskeyRemoved { name: removed.name }).await?;
    Ok(done("passkey-gone"))
}

/// The one of mine that addresses call so.
async fn find(services: &Services, me: UserId, handle: &str) -> Result<Passkey, Refusal> {
    let mine = services.my_passkeys(me).await?;
    mine.into_iter().find(|passkey| handle_of(&passkey.id) == handle).ok_or_else(Refusal::not_found)
}

fn unforeseen(error: &PasskeyError) -> Refusal {
    tracing::error!(error = error as &dyn std::error::Error, "no passkey can be asked for");
    Refusal(ServiceError::Busy)
}

fn done(said: &str) -> Redirect {
    Redirect::to(&format!("{SECURITY}?said={said}"))
}
