//! `/sign-in/code`: asked for after a right password.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use matinee_app::{session as kept, viewer::local_path};
use matinee_services::{ServiceError, Services};
use tower_sessions::Session;

use super::{
    super::{Frame, Refusal},
    GivenCode, draw, unkept,
};

/// What is wrong with the code that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Wrong,
    TooSoon,
}

pub async fn ask(session: Session, frame: Frame, State(services): State<Services>) -> Result<Response, Refusal> {
    match kept::pending(&session, services.clock.now()).await.map_err(unkept)? {
        Some(_) => Ok(frame.page(|locale, _| draw::ask(locale, None)).await),
        None => Ok(over(frame).await),
    }
}

pub async fn give(
    session: Session,
    frame: Frame,
    State(services): State<Services>,
    Form(given): Form<GivenCode>,
) -> Result<Response, Refusal> {
    let now = services.clock.now();
    let Some(pending) = kept::pending(&session, now).await.map_err(unkept)? else { return Ok(over(frame).await) };
    let (status, fault) = match services.check_factor(pending.user, &given.code).await {
        Ok(()) => {
            kept::sign_in(&session, pending.user, now).await.map_err(unkept)?;
            return Ok(Redirect::to(local_path(&pending.back)).into_response());
        }
        Err(ServiceError::WrongCode) => (StatusCode::UNPROCESSABLE_ENTITY, Fault::Wrong),
        Err(ServiceError::Busy) => (StatusCode::TOO_MANY_REQUESTS, Fault::TooSoon),
        Err(error) => return Err(error.into()),
    };
    Ok(frame.page_of(status, move |locale, _| draw::ask(locale, Some(fault))).await)
}

/// Nobody gave a password in this browser, or it was too long ago.
async fn over(frame: Frame) -> Response {
    frame.page_of(StatusCode::BAD_REQUEST, |locale, _| draw::over(locale)).await
}
