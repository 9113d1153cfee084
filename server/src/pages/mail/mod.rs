//! By e-mail: a new password in place of a forgotten one (`/sign-in/forgot`, `/sign-in/reset`), and confirming an address
//! (`/account/confirm`, and the part on `/account/security`).
//!
//! A link's page only looks; what it is for is done by its button, so that programs which open links in e-mails do nothing. Whoever asks
//! for a new password is told the same, in the same time, whether the address has an account or not.

mod draw;

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use matinee_app::{i18n::Locale, language};
use matinee_domain::{Email, FieldError};
use matinee_services::{
    ServiceError, Services,
    ports::{Language, MailPurpose},
};
use serde::Deserialize;

use super::{
    Frame, Refusal,
    access::SignedIn,
    security::{Proven, SECURITY},
};
use crate::state::AppState;

pub use draw::part;

/// The language that a request asks for, for the letters that it causes.
pub fn language_of(headers: &HeaderMap) -> Language {
    match language::of_headers(headers) {
        Locale::en => Language::En,
        Locale::de => Language::De,
    }
}

/// What was done just now.
#[derive(Deserialize)]
pub struct Sent {
    #[serde(default)]
    sent: Option<String>,
}

/// Asks for the address; afterwards says where to look.
pub async fn forgot(frame: Frame, Query(Sent { sent }): Query<Sent>) -> Response {
    if sent.is_some() {
        return frame.page(|locale, _| draw::look(locale)).await;
    }
    frame.page(|locale, _| draw::forgot(locale, "", &[])).await
}

/// An address that somebody typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenAddress {
    #[serde(default)]
    email: String,
}

pub async fn send_link(
    frame: Frame,
    State(state): State<AppState>,
    headers: HeaderMap,
    Form(given): Form<GivenAddress>,
) -> Result<Response, Refusal> {
    let Ok(email) = Email::parse(&given.email) else {
        let typed = given.email;
        let draw = move |locale, _| draw::forgot(locale, &typed, &draw::no_address(locale));
        return Ok(frame.page_of(StatusCode::UNPROCESSABLE_ENTITY, draw).await);
    };
    let (services, language) = (state.services.clone(), language_of(&headers));
    beside(&state, async move { services.send_reset(&email, language).await })?;
    Ok(Redirect::to("/sign-in/forgot?sent=1").into_response())
}

/// What a letter's link brings.
#[derive(Deserialize)]
pub struct Link {
    #[serde(default)]
    token: String,
}

/// The page of the link: a field for the new password.
pub async fn choose(
    frame: Frame,
    State(services): State<Services>,
    Query(Link { token }): Query<Link>,
) -> Result<Response, Refusal> {
    match services.mail_token_address(&token, MailPurpose::Reset).await? {
        Some(email) => Ok(frame.page(move |locale, _| draw::choose(locale, &token, &email, &[])).await),
        None => Ok(over(frame, "/sign-in/forgot").await),
    }
}

/// A new password, and the token that allows it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    #[serde(default)]
    token: String,
    #[serde(default)]
    password: String,
}

pub async fn reset(
    frame: Frame,
    State(services): State<Services>,
    headers: HeaderMap,
    Form(NewPassword { token, password }): Form<NewPassword>,
) -> Result<Response, Refusal> {
    match services.reset_password(&token, &password, language_of(&headers)).await {
        Ok(_) => Ok(frame.page(|locale, _| draw::is_set(locale)).await),
        Err(ServiceError::Invalid(wrong)) => again(frame, &services, token, wrong).await,
        Err(ServiceError::NotFound { .. }) => Ok(over(frame, "/sign-in/forgot").await),
        Err(error) => Err(error.into()),
    }
}

async fn again(frame: Frame, services: &Services, token: String, wrong: Vec<FieldError>) -> Result<Response, Refusal> {
    let Some(email) = services.mail_token_address(&token, MailPurpose::Reset).await? else {
        return Ok(over(frame, "/sign-in/forgot").await);
    };
    let draw = move |locale, _| draw::choose(locale, &token, &email, &wrong);
    Ok(frame.page_of(StatusCode::UNPROCESSABLE_ENTITY, draw).await)
}

/// The page of the link: a button.
pub async fn confirm(
    frame: Frame,
    State(services): State<Services>,
    Query(Link { token }): Query<Link>,
) -> Result<Response, Refusal> {
    match services.mail_token_address(&token, MailPurpose::Confirm).await? {
        Some(email) => Ok(frame.page(move |locale, _| draw::confirm(locale, &token, &email)).await),
        None => Ok(over(frame, SECURITY).await),
    }
}

pub async fn is_mine(
    frame: Frame,
    State(services): State<Services>,
    headers: HeaderMap,
    Form(Link { token }): Form<Link>,
) -> Result<Response, Refusal> {
    match services.confirm_address(&token, language_of(&headers)).await {
        Ok(confirmed) => Ok(frame.page(move |locale, _| draw::confirmed(locale, &confirmed.email)).await),
        Err(ServiceError::NotFound { .. }) => Ok(over(frame, SECURITY).await),
        Err(ServiceError::Conflict(_)) => {
            Ok(frame.page_of(StatusCode::CONFLICT, |locale, _| draw::taken(locale)).await)
        }
        Err(error) => Err(error.into()),
    }
}

/// Sends the letter to the account's own address once more.
pub async fn send_again(
    SignedIn(me): SignedIn,
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Redirect, Refusal> {
    let email = Email::parse(&state.services.account(me).await?.email)?;
    let (services, language) = (state.services.clone(), language_of(&headers));
    beside(&state, async move { services.send_confirmation(me, &email, language).await })?;
    Ok(Redirect::to(&format!("{SECURITY}?said=mail")))
}

/// Sends one to the address that is to be the account's. Whether somebody else has it is told to its owner alone.
pub async fn change(
    Proven(me): Proven,
    State(state): State<AppState>,
    headers: HeaderMap,
    Form(given): Form<GivenAddress>,
) -> Result<Redirect, Refusal> {
    let email = Email::parse(&given.email)?;
    let (services, language) = (state.services.clone(), language_of(&headers));
    beside(&state, async move { services.send_confirmation(me, &email, language).await })?;
    Ok(Redirect::to(&format!("{SECURITY}?said=mail")))
}

fn beside(
    state: &AppState,
    errand: impl Future<Output = matinee_services::Result<()>> + Send + 'static,
) -> Result<(), Refusal> {
    let logged = async move {
        if let Err(error) = errand.await {
            tracing::error!(error = &error as &dyn std::error::Error, "a letter could not be made");
        }
    };
    state.mail.run_beside(logged).map_err(|_| Refusal(ServiceError::Busy))
}

/// The token is worth nothing; `to` is where another one comes from.
async fn over(frame: Frame, to: &'static str) -> Response {
    frame.page_of(StatusCode::BAD_REQUEST, move |locale, _| draw::over(locale, to)).await
}
