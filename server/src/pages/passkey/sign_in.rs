//! `/sign-in/passkey`: signing in by a passkey alone. The device has asked its person, so no code is asked for.

use axum::{
    Form,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use matinee_app::{session as kept, viewer::local_path};
use matinee_services::{ServiceError, duty::Strength};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    super::{Frame, Refusal, factor},
    Given, check, draw, party, unforeseen,
};
use crate::{
    oauth::back_of_referer,
    passkeys::{self, Purpose},
    state::AppState,
};

#[derive(Deserialize)]
pub struct Going {
    /// Where to go on to.
    #[serde(default)]
    back: Option<String>,
}

pub async fn page(
    State(state): State<AppState>,
    frame: Frame,
    headers: HeaderMap,
    going: Result<Query<Going>, QueryRejection>,
) -> Result<Response, Refusal> {
    let origin = party(&state)?.origin().to_owned();
    let back = going.ok().and_then(|Query(going)| going.back).unwrap_or_else(|| back_of_referer(&headers));
    let back = local_path(&back).to_owned();
    Ok(frame.page(move |locale, _| draw::sign_in(locale, &origin, &back, None)).await)
}

/// Tells the browser what to ask of the device.
pub async fn begin(State(state): State<AppState>, Form(given): Form<Given>) -> Result<Response, Refusal> {
    let begun = party(&state)?.begin_sign_in().map_err(|error| unforeseen(&error))?;
    let kept = passkeys::begin(&state, begun, Purpose::SignIn, local_path(&given.back)).await;
    kept.map_err(|_| Refusal(ServiceError::Busy))
}

pub async fn finish(
    State(state): State<AppState>,
    session: Session,
    frame: Frame,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Result<Response, Refusal> {
    let origin = party(&state)?.origin().to_owned();
    let mut response = match check(&state, &headers, &given.answer, Purpose::SignIn).await? {
        Ok((user, attempt)) => {
            let now = state.services.clock.now();
            kept::sign_in(&session, user, Strength::TwoFactors, now).await.map_err(factor::unkept)?;
            Redirect::to(local_path(&attempt.back)).into_response()
        }
        Err(fault) => {
            let back = local_path(&given.back).to_owned();
            let draw = move |locale, _| draw::sign_in(locale, &origin, &back, Some(fault));
            frame.page_of(StatusCode::UNPROCESSABLE_ENTITY, draw).await
        }
    };
    passkeys::forget(&state, &mut response);
    Ok(response)
}
