//! Who asks, and that they may: extractors whose refusal is the way to sign in, or a page.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{Method, header, request::Parts},
    middleware::Next,
    response::Response,
};
use matinee_app::plain::Staff;
use matinee_domain::{Role, UserId};
use matinee_services::{
    ServiceError,
    access::{Allowed, Capability},
};
use tower_sessions::Session;

use super::Refusal;
use crate::state::AppState;

/// Who is signed in.
pub struct SignedIn(pub UserId);

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Refusal> {
        user_of(parts).await?.map(Self).ok_or(Refusal(ServiceError::SignInNeeded))
    }
}

/// That whoever is signed in may do `C`: see [`Allowed`].
pub struct May<C: Capability>(pub Allowed<C>);

impl<C: Capability> FromRequestParts<AppState> for May<C> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        let SignedIn(user) = SignedIn::from_request_parts(parts, state).await?;
        Ok(Self(state.services.allow(user).await?))
    }
}

async fn user_of(parts: &Parts) -> Result<Option<UserId>, Refusal> {
    let Some(session) = parts.extensions.get::<Session>() else {
        tracing::error!("no session in the request: is the session layer in place?");
        return Err(Refusal(ServiceError::Busy));
    };
    // What went wrong is logged where it happened.
    matinee_app::session::user_of(session).await.map_err(|_| Refusal(ServiceError::Busy))
}

/// Tells pages what the person's role lets them do beside ([`Staff`]). Those who aren't signed in cost nothing.
pub async fn note_staff(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let is_page = *request.method() == Method::GET && !request.uri().path().starts_with("/api/");
    if is_page && request.headers().contains_key(header::COOKIE) {
        let session = request.extensions().get::<Session>().cloned();
        let role = role_of(session, &state).await;
        if let Some(role) = role.filter(|role| *role > Role::Member) {
            request.extensions_mut().insert(Staff(role));
        }
    }
    next.run(request).await
}

/// None where that can't be found out now: a page does without its links, then.
async fn role_of(session: Option<Session>, state: &AppState) -> Option<Role> {
    let user = matinee_app::session::user_of(&session?).await.ok()??;
    state.services.role(user).await.ok()
}
