//! `/sign-in/code`: asked for after a right password.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use matinee_app::{i18n::Locale, plain::Sheet, session as kept, viewer::local_path};
use matinee_domain::UserId;
use matinee_services::{ServiceError, duty::Strength};
use tower_sessions::Session;

use super::{
    super::{Frame, Refusal, passkey},
    GivenCode, draw, unkept,
};
use crate::state::AppState;

/// What is wrong with the code that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Wrong,
    TooSoon,
    /// It is a passkey that was given in its place.
    Passkey(passkey::Fault),
}

/// What the page asks for.
#[derive(Clone)]
pub struct Asked {
    pub fault: Option<Fault>,
    /// Whether a code of an app is asked for, and not a passkey.
    pub has_app: bool,
    /// Where a passkey may be given: the origin where those work.
    pub passkeys_at: Option<String>,
}

impl Asked {
    pub async fn of(state: &AppState, user: UserId, fault: Option<Fault>) -> Result<Self, Refusal> {
        let origin = state.passkeys.party().map(|party| party.origin().to_owned());
        let has_some = origin.is_some() && !state.services.my_passkeys(user).await?.is_empty();
        let has_app = state.services.second_factor(user).await?.is_none_or(|factor| factor.has_app());
        Ok(Self { fault, has_app, passkeys_at: origin.filter(|_| has_some) })
    }

    pub fn draw(&self, locale: Locale) -> Sheet {
        draw::ask(locale, self)
    }
}

pub async fn ask(session: Session, frame: Frame, State(state): State<AppState>) -> Result<Response, Refusal> {
    let pending = kept::pending(&session, state.services.clock.now()).await.map_err(unkept)?;
    let Some(pending) = pending else { return Ok(over(frame).await) };
    let asked = Asked::of(&state, pending.user, None).await?;
    Ok(frame.page(move |locale, _| asked.draw(locale)).await)
}

pub async fn give(
    session: Session,
    frame: Frame,
    State(state): State<AppState>,
    Form(given): Form<GivenCode>,
) -> Result<Response, Refusal> {
    let services = &state.services;
    let now = services.clock.now();
    let Some(pending) = kept::pending(&session, now).await.map_err(unkept)? else { return Ok(over(frame).await) };
    let (status, fault) = match services.check_factor(pending.user, &given.code).await {
        Ok(()) => {
            kept::sign_in(&session, pending.user, Strength::TwoFactors, now).await.map_err(unkept)?;
            return Ok(Redirect::to(local_path(&pending.back)).into_response());
        }
        Err(ServiceError::WrongCode) => (StatusCode::UNPROCESSABLE_ENTITY, Fault::Wrong),
        Err(ServiceError::Busy) => (StatusCode::TOO_MANY_REQUESTS, Fault::TooSoon),
        Err(error) => return Err(error.into()),
    };
    let asked = Asked::of(&state, pending.user, Some(fault)).await?;
    Ok(frame.page_of(status, move |locale, _| asked.draw(locale)).await)
}

/// Nobody gave a password in this browser, or it was too long ago.
pub async fn over(frame: Frame) -> Response {
    frame.page_of(StatusCode::BAD_REQUEST, |locale, _| draw::over(locale)).await
}
