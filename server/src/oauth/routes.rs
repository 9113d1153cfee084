//! `/sign-in/with/…`: going to a provider, and coming back.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use chrono::TimeDelta;
use matinee_app::{plain::Ways, session, viewer::local_path};
use matinee_domain::UserId;
use matinee_services::{
    ServiceError, Services,
    duty::Strength,
    identities::Claimed,
    ports::{SignInAttempt, SignInAttemptRepository},
};
use openidconnect::{Nonce, PkceCodeVerifier};
use serde::Deserialize;
use tower_sessions::Session;
use url::form_urlencoded;

use super::{OauthError, Provider, Providers, attempt::Attempts, provider::Kept};
use crate::{config::Config, pages::Frame, passkeys::Passkeys, state::AppState};

/// What the routes need beside the use cases.
#[derive(Clone)]
pub struct Oauth {
    pub providers: Providers,
    pub attempts: Arc<dyn SignInAttemptRepository>,
    attempt_life: TimeDelta,
    recent: TimeDelta,
    session_idle: TimeDelta,
    https: bool,
    ways_in: Ways,
}

impl Oauth {
    pub fn new(
        config: &Config,
        providers: Providers,
        attempts: Arc<dyn SignInAttemptRepository>,
        passkeys: &Passkeys,
    ) -> Self {
        let ways_in = providers.iter().map(|provider| (provider.id.clone(), provider.title.clone()));
        Self {
            ways_in: Ways { providers: ways_in.collect(), passkeys: passkeys.party().is_some() },
            providers,
            attempts,
            attempt_life: TimeDelta::minutes(i64::from(config.sign_in.attempt_minutes)),
            recent: TimeDelta::minutes(i64::from(config.sign_in.recent_minutes)),
            session_idle: TimeDelta::days(i64::from(config.auth.session_days)),
            https: config.server.is_https(),
        }
    }

    /// Where the browser goes for each provider, coming back to `back`, and the provider's name.
    pub fn ways(&self, back: Option<&str>) -> Vec<(String, String)> {
        let query = back.map(local_path).filter(|back| *back != "/");
        let query = query.map_or_else(String::new, |back| {
            format!("?back={}", form_urlencoded::byte_serialize(back.as_bytes()).collect::<String>())
        });
        let way = |provider: &Provider| (format!("/sign-in/with/{}{query}", provider.id), provider.title.clone());
        self.providers.iter().map(way).collect()
    }

    /// The same for the pages of the app.
    pub fn ways_in(&self) -> Ways {
        self.ways_in.clone()
    }

    /// How long a sign-in counts as recent.
    pub const fn recent(&self) -> TimeDelta {
        self.recent
    }

    /// How long a session lives that is not used.
    pub const fn session_idle(&self) -> TimeDelta {
        self.session_idle
    }

    /// Attempts, as long as a provider may take.
    pub fn attempts<'a>(&'a self, services: &'a Services) -> Attempts<'a> {
        Attempts { repository: &*self.attempts, clock: &*services.clock, life: self.attempt_life, https: self.https }
    }

    /// Begins an attempt: where the browser goes, and the cookie that it is to bring back.
    ///
    /// # Errors
    /// `Unreachable` when the provider does not say where that is, `Database` when the attempt can't be kept.
    pub async fn begin(
        &self,
        services: &Services,
        provider: &Provider,
        back: &str,
        user: Option<UserId>,
    ) -> Result<(String, HeaderValue), OauthError> {
        let begun = self.attempts(services).begin(&provider.id, local_path(back), user).await?;
        let url = provider.begin(begun.binding).await?;
        Ok((url.into(), begun.cookie))
    }
}

/// The routes of signing in by a provider.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/sign-in/with", get(super::page::choose))
        .route("/sign-in/with/{provider}", get(go))
        .route("/sign-in/with/{provider}/callback", get(come_back))
}

#[derive(Deserialize)]
struct Going {
    /// Where to go on to.
    #[serde(default)]
    back: Option<String>,
}

/// Whether another site's page leads here. A provider may let people through without a word, so nobody would have asked for the session.
pub fn is_led_by_another_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|from| from != "same-origin" && from != "none")
}

/// Sends the browser to the provider; from another site, to the buttons for it.
async fn go(
    State(state): State<AppState>,
    Path(provider): Path<String>,
    frame: Frame,
    headers: HeaderMap,
    going: Result<Query<Going>, QueryRejection>,
) -> Response {
    if is_led_by_another_site(&headers) {
        return Redirect::to("/sign-in/with").into_response();
    }
    let back = going.ok().and_then(|Query(going)| going.back).unwrap_or_else(|| back_of_referer(&headers));
    let begun = async {
        let provider = state.oauth.providers.get(&provider)?;
        state.oauth.begin(&state.services, provider, &back, None).await
    };
    match begun.await {
        Ok((url, cookie)) => {
            let mut response = Redirect::to(&url).into_response();
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            response
        }
        Err(error) => super::page::failed(&state, frame, &provider, error.into()).await,
    }
}

/// The page that the form was to lead back to: the sign-in page has it in its address.
pub fn back_of_referer(headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let url = referer.and_then(|referer| url::Url::parse(referer).ok());
    let url = url.filter(|url| matches!(url.path(), "/sign-in" | "/register"));
    let back = url.and_then(|url| url.query_pairs().find(|(key, _)| key == "back").map(|(_, back)| back.into_owned()));
    back.unwrap_or_else(|| "/".to_owned())
}

/// What a provider sends back (RFC 6749, section 4.1.2; RFC 9207). A parameter that comes twice is refused (section 3.1).
#[derive(Deserialize)]
struct ComingBack {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// The provider sent the browser back.
async fn come_back(
    State(state): State<AppState>,
    Path(provider): Path<String>,
    session: Session,
    frame: Frame,
    headers: HeaderMap,
    answer: Result<Query<ComingBack>, QueryRejection>,
) -> Response {
    let mut response = match finish(&state, &provider, &session, &headers, answer).await {
        Ok(to) => Redirect::to(local_path(&to)).into_response(),
        Err(failure) => super::page::failed(&state, frame, &provider, failure).await,
    };
    let headers = response.headers_mut();
    if let Some(cookie) = state.oauth.attempts(&state.services).no_cookie() {
        headers.append(header::SET_COOKIE, cookie);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Why somebody was not let in.
pub enum Failure {
    Provider(OauthError),
    Service(ServiceError),
    Session,
}

impl Failure {
    /// The status that tells programs.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Provider(OauthError::UnknownProvider) => StatusCode::NOT_FOUND,
            Self::Provider(OauthError::NoAttempt(_)) => StatusCode::BAD_REQUEST,
            Self::Provider(OauthError::Denied) => StatusCode::FORBIDDEN,
            Self::Provider(OauthError::Refused(_) | OauthError::Unreachable(_) | OauthError::Untrusted(_)) => {
                StatusCode::BAD_GATEWAY
            }
            Self::Service(ServiceError::Conflict(_)) => StatusCode::CONFLICT,
            Self::Provider(OauthError::Database) | Self::Service(_) | Self::Session => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<OauthError> for Failure {
    fn from(error: OauthError) -> Self {
        Self::Provider(error)
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<matinee_app::AppError> for Failure {
    /// It is logged where it happened.
    fn from(_: matinee_app::AppError) -> Self {
        Self::Session
    }
}

/// Where to go on to, somebody being signed in or an account linked.
async fn finish(
    state: &AppState,
    provider: &str,
    session: &Session,
    headers: &HeaderMap,
    answer: Result<Query<ComingBack>, QueryRejection>,
) -> Result<String, Failure> {
    let provider = state.oauth.providers.get(provider)?;
    let Query(answer) = answer.map_err(|_| OauthError::NoAttempt("the answer's parameters can't be read"))?;
    let attempts = state.oauth.attempts(&state.services);
    let attempt = attempts.take(&provider.id, answer.state.as_deref().unwrap_or_default(), headers).await?;
    provider.check_issuer(answer.iss.as_deref()).await?;
    let code = match (answer.code, answer.error) {
        (Some(code), None) if !code.is_empty() => code,
        (None, Some(error)) if error == "access_denied" => return Err(OauthError::Denied.into()),
        (None, Some(error)) => return Err(OauthError::Refused(error.chars().take(64).collect()).into()),
        _ => return Err(OauthError::untrusted("the answer has no code, or a code and an error").into()),
    };
    let kept =
        Kept { nonce: Nonce::new(attempt.nonce.clone()), verifier: PkceCodeVerifier::new(attempt.verifier.clone()) };
    let claimed = provider.finish(code, kept).await?;
    let strength = if provider.asks_for_two { Strength::TwoFactors } else { claimed.strength };
    let_in(state, session, attempt, &claimed, strength).await
}

async fn let_in(
    state: &AppState,
    session: &Session,
    attempt: SignInAttempt,
    claimed: &Claimed,
    strength: Strength,
) -> Result<String, Failure> {
    let services = &state.services;
    let Some(user) = attempt.user else {
        let user = services.sign_in_with(claimed).await?;
        session::sign_in(session, user, strength, services.clock.now()).await?;
        return Ok(session::landing(services, user, strength, &attempt.back).await.to_owned());
    };
    // Whoever began to link has to be who comes back.
    if session::user_of(session).await? != Some(user) {
        return Err(OauthError::NoAttempt("somebody else is signed in now").into());
    }
    services.link_identity(user, claimed).await?;
    // The session may do more now.
    session::renew(session).await?;
    Ok(attempt.back)
}
