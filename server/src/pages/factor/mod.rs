//! A second step beside the password: setting it up (`/account/security/factor…`), and giving its code at a sign-in (`/sign-in/code`).
//!
//! Until its person has shown that their app has it, the secret is in their session alone. Recovery codes are in the one answer that made
//! them, in no address and no cookie.

mod draw;
mod qr;
pub mod sign_in;

pub use draw::part;
pub use sign_in::{Asked, over};

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use matinee_app::session as kept;
use matinee_domain::UserId;
use matinee_services::{ServiceError, Services, ports::Says, recovery::RecoveryCode, totp::FactorSecret};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    Frame, Refusal, language_of,
    security::{Proven, SECURITY, last_one, renew},
};

/// A code that somebody typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenCode {
    #[serde(default)]
    code: String,
}

/// What the page of setting up shows.
#[derive(Clone)]
struct SetUp {
    secret: FactorSecret,
    /// By what the app knows the account.
    account: String,
    is_wrong: bool,
}

/// Makes a secret, and goes to the page that shows it.
pub async fn begin(Proven(me): Proven, session: Session) -> Result<Redirect, Refusal> {
    let secret = FactorSecret::generate();
    kept::keep_new_factor(&session, me, &secret.expose()).await.map_err(unkept)?;
    Ok(Redirect::to(&format!("{SECURITY}/factor")))
}

/// The page that shows it.
pub async fn set_up(
    Proven(me): Proven,
    session: Session,
    frame: Frame,
    State(services): State<Services>,
) -> Result<Response, Refusal> {
    let Some(secret) = secret_of(&session, me).await? else { return Ok(Redirect::to(SECURITY).into_response()) };
    let shown = SetUp { secret, account: services.account(me).await?.email, is_wrong: false };
    Ok(frame.page(move |locale, _| draw::set_up(locale, &shown)).await)
}

/// Switches it on, if the app shows the right code.
pub async fn switch_on(
    Proven(me): Proven,
    session: Session,
    frame: Frame,
    State(services): State<Services>,
    headers: HeaderMap,
    Form(given): Form<GivenCode>,
) -> Result<Response, Refusal> {
    let Some(secret) = secret_of(&session, me).await? else { return Ok(Redirect::to(SECURITY).into_response()) };
    match services.switch_on_factor(me, &secret, &given.code).await {
        Ok(codes) => {
            kept::forget_new_factor(&session).await.map_err(unkept)?;
            // The app's code was given beside the sign-in.
            kept::strengthen(&session).await.map_err(unkept)?;
            end_others(&services, me, &session).await?;
            services.tell(me, language_of(&headers), Says::SecondStepOn).await?;
            Ok(show(frame, codes, true).await)
        }
        Err(ServiceError::Invalid(_)) => {
            let shown = SetUp { secret, account: services.account(me).await?.email, is_wrong: true };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(frame.page_of(status, move |locale, _| draw::set_up(locale, &shown)).await)
        }
        Err(error) => Err(error.into()),
    }
}

/// Switches it on for who has a passkey and wants no app.
pub async fn switch_on_by_passkey(
    Proven(me): Proven,
    session: Session,
    frame: Frame,
    State(services): State<Services>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let codes = services.switch_on_factor_by_passkey(me).await?;
    end_others(&services, me, &session).await?;
    services.tell(me, language_of(&headers), Says::SecondStepOn).await?;
    Ok(show(frame, codes, true).await)
}

/// New recovery codes in place of the old ones.
pub async fn renew_codes(
    Proven(me): Proven,
    frame: Frame,
    State(services): State<Services>,
) -> Result<Response, Refusal> {
    let codes = services.renew_recovery_codes(me).await?;
    Ok(show(frame, codes, false).await)
}

pub async fn switch_off(
    Proven(me): Proven,
    session: Session,
    State(services): State<Services>,
    headers: HeaderMap,
) -> Result<Redirect, Refusal> {
    if let Err(error) = services.switch_off_factor(me).await {
        return last_one(error);
    }
    end_others(&services, me, &session).await?;
    services.tell(me, language_of(&headers), Says::SecondStepOff).await?;
    Ok(Redirect::to(&format!("{SECURITY}?said=factor-off")))
}

async fn show(frame: Frame, codes: Vec<RecoveryCode>, is_new: bool) -> Response {
    frame.page_of(StatusCode::CREATED, move |locale, _| draw::codes(locale, &codes, is_new)).await
}

/// Whoever is signed in elsewhere was so by the password alone, or is who made that necessary.
async fn end_others(services: &Services, me: UserId, session: &Session) -> Result<(), Refusal> {
    services.end_other_sessions(me, session.id().map(|id| id.to_string()).as_deref()).await?;
    renew(session).await
}

async fn secret_of(session: &Session, me: UserId) -> Result<Option<FactorSecret>, Refusal> {
    let secret = kept::new_factor(session, me).await.map_err(unkept)?;
    Ok(secret.as_deref().and_then(FactorSecret::parse))
}

/// What went wrong is logged where it happened.
pub(super) fn unkept(_: matinee_app::AppError) -> Refusal {
    Refusal(ServiceError::Busy)
}
