//! Who is signed in: one value in the browser's session (`tower_sessions`), kept in the database.
//!
//! The server's JSON API uses the functions that take a [`Session`]; server functions use [`current_user`] and
//! [`request_session`], which find it in the request.

use http::request::Parts;
use leptos::prelude::*;
use matinee_domain::{Timestamp, UserId};
use matinee_services::{
    Services,
    duty::{Standing, Strength},
};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::AppError;

/// The session's key for the id of who is signed in.
pub const USER_KEY: &str = "user";
/// The session's key for when the person last proved who they are, in seconds since 1970.
pub const PROVED_KEY: &str = "proved_at";
/// The session's key for when it began, in seconds since 1970.
pub const BEGAN_KEY: &str = "began_at";
/// The session's key for the browser that it is in, as that calls itself.
pub const BROWSER_KEY: &str = "browser";
/// The session's key for the coarse place that it is used from.
pub const PLACE_KEY: &str = "place";

/// The session's key for whether more than one factor was given.
const TWO_FACTORS_KEY: &str = "two_factors";
/// The server's own page that asks for a second step.
pub const SECOND_STEP_PAGE: &str = "/account/second-step";

/// The session's key for who gave a right password and is asked for their second factor: nobody is signed in by it.
const PENDING_KEY: &str = "pending";
/// The session's key for a second factor that is being switched on.
const NEW_FACTOR_KEY: &str = "new_factor";
/// How long somebody may take to give their code, in seconds.
const PENDING_LIFE_S: i64 = 600;

/// Somebody who gave a right password, and their second factor not yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pending {
    pub user: UserId,
    /// The page to go to then.
    pub back: String,
    /// When the password was given, in seconds since 1970.
    at: i64,
}

/// Who is signed in with this session.
///
/// # Errors
/// `Unavailable` when the session can't be read.
pub async fn user_of(session: &Session) -> Result<Option<UserId>, AppError> {
    session.get(USER_KEY).await.map_err(unavailable)
}

/// That who asks has given one factor where two are asked for: what everybody may see is shown to them as to everybody. In a request's
/// extensions.
#[derive(Clone, Copy, Debug)]
pub struct AsVisitor;

/// How much was given for this session.
///
/// # Errors
/// `Unavailable` when the session can't be read.
pub async fn strength_of(session: &Session) -> Result<Strength, AppError> {
    let both: Option<bool> = session.get(TWO_FACTORS_KEY).await.map_err(unavailable)?;
    Ok(Strength::of(both == Some(true)))
}

/// Keeps that the person has given a second factor since they signed in.
///
/// # Errors
/// `Unavailable` when the session can't be written.
pub async fn strengthen(session: &Session) -> Result<(), AppError> {
    session.insert(TWO_FACTORS_KEY, true).await.map_err(unavailable)
}

/// Where somebody goes who has just signed in so: to `back`, or to the page that asks for a second step. Where that can't be found out
/// they learn it by what they do next.
pub async fn landing<'a>(services: &Services, user: UserId, strength: Strength, back: &'a str) -> &'a str {
    match services.standing(user, strength).await {
        Ok(Standing::SetUp | Standing::SignInAgain) => SECOND_STEP_PAGE,
        _ => back,
    }
}

/// Signs a person in: the session gets a new id first, so that one planted before is worth nothing.
///
/// # Errors
/// `Unavailable` when the session can't be written.
pub async fn sign_in(session: &Session, user: UserId, strength: Strength, now: Timestamp) -> Result<(), AppError> {
    session.cycle_id().await.map_err(unavailable)?;
    // Of whoever used this browser before nothing stays.
    session.remove_value(PENDING_KEY).await.map_err(unavailable)?;
    session.remove_value(NEW_FACTOR_KEY).await.map_err(unavailable)?;
    session.insert(BEGAN_KEY, now.timestamp()).await.map_err(unavailable)?;
    session.insert(PROVED_KEY, now.timestamp()).await.map_err(unavailable)?;
    session.insert(TWO_FACTORS_KEY, strength == Strength::TwoFactors).await.map_err(unavailable)?;
    session.insert(USER_KEY, user).await.map_err(unavailable)
}

/// Keeps that somebody gave a right password, until they give their code. The session gets a new id with it.
///
/// # Errors
/// `Unavailable` when the session can't be written.
pub async fn await_code(session: &Session, user: UserId, back: &str, now: Timestamp) -> Result<(), AppError> {
    session.cycle_id().await.map_err(unavailable)?;
    let pending = Pending { user, back: back.to_owned(), at: now.timestamp() };
    session.insert(PENDING_KEY, pending).await.map_err(unavailable)
}

/// Who is asked for their code; nobody where the password was given too long ago.
///
/// # Errors
/// `Unavailable` when the session can't be read.
pub async fn pending(session: &Session, now: Timestamp) -> Result<Option<Pending>, AppError> {
    let pending: Option<Pending> = session.get(PENDING_KEY).await.map_err(unavailable)?;
    Ok(pending.filter(|pending| (0..=PENDING_LIFE_S).contains(&(now.timestamp() - pending.at))))
}

/// Keeps the secret of a second factor until its person shows that their app has it.
///
/// # Errors
/// `Unavailable` when the session can't be written.
pub async fn keep_new_factor(session: &Session, user: UserId, secret: &str) -> Result<(), AppError> {
    session.insert(NEW_FACTOR_KEY, (user, secret)).await.map_err(unavailable)
}

/// That secret, if it is this person's.
///
/// # Errors
/// `Unavailable` when the session can't be read.
pub async fn new_factor(session: &Session, user: UserId) -> Result<Option<String>, AppError> {
    let kept: Option<(UserId, String)> = session.get(NEW_FACTOR_KEY).await.map_err(unavailable)?;
    Ok(kept.filter(|(whose, _)| *whose == user).map(|(_, secret)| secret))
}

/// Forgets it.
///
/// # Errors
/// `Unavailable` when the session can't be written.
pub async fn forget_new_factor(session: &Session) -> Result<(), AppError> {
    session.remove_value(NEW_FACTOR_KEY).await.map_err(unavailable).map(|_| ())
}

/// Gives the session another id, when what it may do changes.
///
/// # Errors
/// `Unavailable` when the session can't be written.
pub async fn renew(session: &Session) -> Result<(), AppError> {
    session.cycle_id().await.map_err(unavailable)
}

/// Whether the person has proved who they are within the last `recent`: by signing in, which they are asked to do once more
/// before they change who may.
///
/// # Errors
/// `Unavailable` when the session can't be read.
pub async fn has_proved(session: &Session, now: Timestamp, recent: chrono::TimeDelta) -> Result<bool, AppError> {
    let proved_at: Option<i64> = session.get(PROVED_KEY).await.map_err(unavailable)?;
    Ok(proved_at.is_some_and(|at| (0..=recent.num_seconds()).contains(&(now.timestamp() - at))))
}

/// How long a sign-in counts as recent, for server functions: whoever composes the server gives it to their context.
#[derive(Clone, Copy, Debug)]
pub struct Recent(pub chrono::TimeDelta);

/// [`has_proved`] for the request of a server function.
///
/// # Errors
/// `Unavailable` when the session can't be read, or the server gave no [`Recent`].
pub async fn request_has_proved() -> Result<bool, AppError> {
    let Some(Recent(recent)) = use_context::<Recent>() else {
        tracing::error!("nobody said how long a sign-in counts as recent");
        return Err(AppError::Unavailable);
    };
    has_proved(&request_session()?, crate::api::services()?.clock.now(), recent).await
}

/// Signs out: the session ends, here and in the database.
///
/// # Errors
/// `Unavailable` when the session can't be ended.
pub async fn sign_out(session: &Session) -> Result<(), AppError> {
    session.flush().await.map_err(unavailable)
}

/// The request's session.
///
/// # Errors
/// `Unavailable` where the server runs without the session layer.
pub fn request_session() -> Result<Session, AppError> {
    let session = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Session>().cloned());
    session.ok_or_else(|| {
        tracing::error!("no session in the request: is the session layer in place?");
        AppError::Unavailable
    })
}

/// Who asks, if they are signed in with all that is asked of them.
///
/// # Errors
/// `Unavailable` when the session can't be read.
pub async fn current_user() -> Result<Option<UserId>, AppError> {
    if use_context::<Parts>().is_some_and(|parts| parts.extensions.get::<AsVisitor>().is_some()) {
        return Ok(None);
    }
    user_of(&request_session()?).await
}

/// Who asks.
///
/// # Errors
/// `SignInNeeded` when nobody is signed in, `Unavailable` when the session can't be read.
pub async fn require_user() -> Result<UserId, AppError> {
    let user = current_user().await?;
    user.ok_or_else(|| {
        crate::api::answer_status(&AppError::SignInNeeded);
        AppError::SignInNeeded
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn unavailable(error: tower_sessions::session::Error) -> AppError {
    tracing::error!(error = &error as &dyn std::error::Error, "the session could not be used");
    crate::api::answer_status(&AppError::Unavailable);
    AppError::Unavailable
}
