//! `/sign-in/code/passkey`: a passkey in place of the code, after a right password.

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use matinee_app::{session as kept, viewer::local_path};
use matinee_services::{ServiceError, duty::Strength};
use tower_sessions::Session;

use super::{
    super::{Frame, Refusal, factor},
    Fault, Given, check, party, unforeseen,
};
use crate::{
    passkeys::{self, Purpose},
    state::AppState,
};

/// Tells the browser what to ask of the device.
pub async fn begin(State(state): State<AppState>, session: Session, frame: Frame) -> Result<Response, Refusal> {
    if pending(&state, &session).await?.is_none() {
        return Ok(factor::over(frame).await);
    }
    let begun = party(&state)?.begin_sign_in().map_err(|error| unforeseen(&error))?;
    passkeys::begin(&state, begun, Purpose::SecondStep, "/").await.map_err(|_| Refusal(ServiceError::Busy))
}

pub async fn finish(
    State(state): State<AppState>,
    session: Session,
    frame: Frame,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Result<Response, Refusal> {
    let Some(pending) = pending(&state, &session).await? else { return Ok(factor::over(frame).await) };
    let fault = match check(&state, &headers, &given.answer, Purpose::SecondStep).await? {
        Ok((user, _)) if user == pending.user => {
            kept::sign_in(&session, user, Strength::TwoFactors, state.services.clock.now())
                .await
                .map_err(factor::unkept)?;
            let mut response = Redirect::to(local_path(&pending.back)).into_response();
            passkeys::forget(&state, &mut response);
            return Ok(response);
        }
        Ok(_) => Fault::SomebodyElse,
        Err(fault) => fault,
    };
    let asked = factor::Asked::of(&state, pending.user, Some(factor::sign_in::Fault::Passkey(fault))).await?;
    Ok(frame.page_of(StatusCode::UNPROCESSABLE_ENTITY, move |locale, _| asked.draw(locale)).await)
}

async fn pending(state: &AppState, session: &Session) -> Result<Option<kept::Pending>, Refusal> {
    kept::pending(session, state.services.clock.now()).await.map_err(factor::unkept)
}
