//! `/account/security`: how I sign in, and where I am signed in.
//!
//! Whoever changes a way in has signed in lately ([`Proven`]), and the session gets a new id with it. Forms lead back to the
//! page, which says what was done. It also says so to whom other pages' forms sent here, and leads back to those.

mod draw;
mod proof;

use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use leptos_meta::Meta;
use matinee_app::plain::{Sheet, security};
use matinee_domain::{FieldError, Timestamp};
use matinee_services::{
    ServiceError, Services,
    duty::DUTY_CODE,
    ports::{Identity, IdentityKey, Passkey, Says, SecondFactor, StoredSession},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{Frame, Refusal, access::SignedIn, language_of, pieces::opening};
use crate::{
    auth::{Device, browser_of},
    oauth::{Failure, attempt::digest, failed},
    state::AppState,
};
pub use proof::Proven;

/// The page's path.
pub const SECURITY: &str = "/account/security";
const HERE: &str = SECURITY;
/// What tells sessions and passkeys apart in addresses: the beginning of the id's digest, never the id.
const HANDLE_CHARS: usize = 32;

/// What the page shows.
#[derive(Clone)]
struct Shown {
    identities: Vec<Identity>,
    /// Providers that are not linked yet: id and title.
    linkable: Vec<(String, String)>,
    /// Names of providers by their id.
    titles: Vec<(String, String)>,
    email: String,
    has_password: bool,
    is_confirmed: bool,
    /// What is on beside the password.
    factor: Option<SecondFactor>,
    /// Where passkeys work, if they do.
    passkeys_at: Option<String>,
    passkeys: Vec<Passkey>,
    /// This browser, which is a name for its passkey.
    device: Device,
    sessions: Vec<StoredSession>,
    /// The session of this browser.
    this: String,
    /// When a session that was used now would end, for telling when the others were.
    idle: chrono::TimeDelta,
    has_proved: bool,
    /// Where signing in once more leads to.
    back: String,
    said: Option<String>,
    wrong: Vec<FieldError>,
}

/// What led here.
#[derive(Default, Deserialize)]
pub struct Led {
    /// What was done just now, after a form.
    said: Option<String>,
    /// The page whose form asked for proof.
    back: Option<String>,
}

pub async fn page(
    SignedIn(me): SignedIn,
    session: Session,
    frame: Frame,
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(led): Query<Led>,
) -> Result<Response, Refusal> {
    let shown = look_up(&state, me, &session, &headers, led).await?;
    Ok(frame.page(move |locale, words| draw::page(locale, words, &shown)).await)
}

async fn look_up(
    state: &AppState,
    me: matinee_domain::UserId,
    session: &Session,
    headers: &HeaderMap,
    Led { said, back }: Led,
) -> Result<Shown, Refusal> {
    let services = &state.services;
    let account = services.account(me).await?;
    let identities = services.linked_identities(me).await?;
    let titles: Vec<_> = state.oauth.providers.iter().map(|known| (known.id.clone(), known.title.clone())).collect();
    let is_linked = |id: &str| identities.iter().any(|identity| identity.provider == id);
    Ok(Shown {
        linkable: titles.iter().filter(|(id, _)| !is_linked(id)).cloned().collect(),
        titles,
        email: account.email,
        has_password: services.identities.has_password(me).await.map_err(ServiceError::from)?,
        is_confirmed: services.mail_tokens.is_confirmed(me).await.map_err(ServiceError::from)?,
        factor: services.second_factor(me).await?,
        passkeys_at: state.passkeys.party().map(|party| party.origin().to_owned()),
        passkeys: services.my_passkeys(me).await?,
        device: Device::of(&browser_of(headers)),
        sessions: services.my_sessions(me).await?,
        this: session.id().map(|id| id.to_string()).unwrap_or_default(),
        idle: state.oauth.session_idle(),
        has_proved: proof::has_proved(state, session).await?,
        identities,
        back: back.unwrap_or_else(|| HERE.to_owned()),
        said,
        wrong: Vec::new(),
    })
}

/// Sends the browser to the provider whose account is to be linked. By a page rather than by a redirect: what follows on a form is
/// held to this site by the content policy, and what a page leads to is not.
pub async fn link(
    Proven(me): Proven,
    frame: Frame,
    State(state): State<AppState>,
    Path(provider): Path<String>,
) -> Response {
    let begun = async {
        let known = state.oauth.providers.get(&provider)?;
        let begun = state.oauth.begin(&state.services, known, &format!("{HERE}?said=linked"), Some(me)).await?;
        Ok((begun, known.title.clone()))
    };
    let ((url, cookie), title) = match begun.await {
        Ok(begun) => begun,
        Err(error) => return failed(&state, frame, &provider, Failure::Provider(error)).await,
    };
    let draw = move |locale, _| {
        let words = security(locale);
        let named = |text: &str| text.replace("{provider}", &title);
        let (heading, note) = words.going;
        let body = view! {
            <Meta http_equiv="refresh" content=format!("0;url={url}") />
            {opening(named(heading), named(note))}
            <p class="narrow">
                <a class="button button--main" href=url.clone() rel="external nofollow">
                    {named(words.go)}
                </a>
            </p>
        };
        Sheet { title: named(heading), body: body.into_any() }
    };
    let mut response = frame.page(draw).await;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// Which linked account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unlink {
    issuer: String,
    subject: String,
}

pub async fn unlink(
    Proven(me): Proven,
    session: Session,
    State(services): State<Services>,
    Form(Unlink { issuer, subject }): Form<Unlink>,
) -> Result<Redirect, Refusal> {
    if let Err(error) = services.unlink_identity(me, &IdentityKey { issuer, subject }).await {
        return last_one(error);
    }
    renew(&session).await?;
    Ok(done("unlinked"))
}

/// A new password, and the present one where there is one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
}

pub async fn set_password(
    Proven(me): Proven,
    session: Session,
    frame: Frame,
    State(state): State<AppState>,
    headers: HeaderMap,
    Form(given): Form<NewPassword>,
) -> Result<Response, Refusal> {
    match state.services.change_password(me, &given.current, &given.password).await {
        Ok(()) => {}
        Err(ServiceError::Invalid(wrong)) => {
            let shown = Shown { wrong, ..look_up(&state, me, &session, &headers, Led::default()).await? };
            let draw = move |locale, words| draw::page(locale, words, &shown);
            return Ok(frame.page_of(StatusCode::UNPROCESSABLE_ENTITY, draw).await);
        }
        Err(error) => return Err(error.into()),
    }
    state.services.end_other_sessions(me, session.id().map(|id| id.to_string()).as_deref()).await?;
    renew(&session).await?;
    state.services.tell(me, language_of(&headers), Says::PasswordChanged).await?;
    Ok(done("password").into_response())
}

/// Whether the box was ticked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    #[serde(default)]
    confirm: Option<String>,
}

/// Deletes an account that has no password; others give theirs, on the account's page.
pub async fn delete(
    Proven(me): Proven,
    session: Session,
    State(services): State<Services>,
    Form(Deletion { confirm }): Form<Deletion>,
) -> Result<Redirect, Refusal> {
    if confirm.is_none() {
        return Err(Refusal(FieldError::new("confirm", "missing", "tick the box to delete the account").into()));
    }
    services.delete_account_without_password(me).await?;
    // What went wrong is logged where it happened; the session is gone with the account.
    let _ = matinee_app::session::sign_out(&session).await;
    Ok(Redirect::to("/"))
}

/// Ends one of my sessions; this one, too.
pub async fn end_session(
    Proven(me): Proven,
    State(services): State<Services>,
    Path(handle): Path<String>,
) -> Result<Redirect, Refusal> {
    services.end_session(me, |session| handle_of(&session.id) == handle).await?;
    Ok(done("ended"))
}

pub async fn end_others(
    Proven(me): Proven,
    session: Session,
    State(services): State<Services>,
) -> Result<Redirect, Refusal> {
    services.end_other_sessions(me, session.id().map(|id| id.to_string()).as_deref()).await?;
    Ok(done("ended"))
}

/// What a session, or a passkey, is called in addresses.
pub fn handle_of(id: &str) -> String {
    digest(id).chars().take(HANDLE_CHARS).collect()
}

/// When a session was last used, to within a day: its end is moved on with use.
fn last_used(session: &StoredSession, idle: chrono::TimeDelta) -> Timestamp {
    session.expires_at - idle
}

/// The session gets another id when what it may do changes.
pub async fn renew(session: &Session) -> Result<(), Refusal> {
    // What went wrong is logged where it happened.
    matinee_app::session::renew(session).await.map_err(|_| Refusal(ServiceError::Busy))
}

/// Says on the page of security that the last second factor stays where the operator asks for one; hands on any other error.
pub fn last_one(error: ServiceError) -> Result<Redirect, Refusal> {
    match error {
        ServiceError::Conflict(field) if field.code == DUTY_CODE => Ok(done("last-one")),
        error => Err(error.into()),
    }
}

fn done(said: &str) -> Redirect {
    Redirect::to(&format!("{HERE}?said={said}"))
}
