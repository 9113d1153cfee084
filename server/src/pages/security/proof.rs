//! That whoever is signed in has proved it lately.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use matinee_domain::UserId;
use matinee_services::ServiceError;
use tower_sessions::Session;
use url::{Url, form_urlencoded};

use super::{super::access::SignedIn, HERE};
use crate::{pages::Refusal, state::AppState};

/// Who is signed in and has signed in lately. Others are led to the page of security, which asks them to, and from there back to the page
/// whose form they sent.
pub struct Proven(pub UserId);

impl FromRequestParts<AppState> for Proven {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let signed_in = SignedIn::from_request_parts(parts, state).await;
        let SignedIn(user) = signed_in.map_err(IntoResponse::into_response)?;
        let Some(session) = parts.extensions.get::<Session>() else {
            return Err(Refusal(ServiceError::Busy).into_response());
        };
        if has_proved(state, session).await.map_err(IntoResponse::into_response)? {
            Ok(Self(user))
        } else {
            let back = form_page(parts).map_or_else(String::new, |page| {
                let page: String = form_urlencoded::byte_serialize(page.as_bytes()).collect();
                format!("&back={page}")
            });
            Err(Redirect::to(&format!("{HERE}?said=prove{back}")).into_response())
        }
    }
}

/// The page that the form stood on, where that is none of the security page's own.
fn form_page(parts: &Parts) -> Option<String> {
    let url = Url::parse(parts.headers.get(header::REFERER)?.to_str().ok()?).ok()?;
    Some(url.path()).filter(|path| !path.starts_with(HERE)).map(str::to_owned)
}

/// Whether the person has signed in within the time that counts as recent.
pub async fn has_proved(state: &AppState, session: &Session) -> Result<bool, Refusal> {
    let now = state.services.clock.now();
    let proved = matinee_app::session::has_proved(session, now, state.oauth.recent()).await;
    // What went wrong is logged where it happened.
    proved.map_err(|_| Refusal(ServiceError::Busy))
}
