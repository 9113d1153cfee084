//! Who is signed in: one value in the browser's session (`tower_sessions`), kept in the database.
//!
//! The server's JSON API uses the functions that take a [`Session`]; server functions use [`current_user`] and
//! [`request_session`], which find it in the request.

use http::request::Parts;
use leptos::prelude::*;
use matinee_domain::{Timestamp, UserId};
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

/// Who is signed in with this session.
///
/// # Errors
/// `Unavailable` when the session can't be read.
pub async fn user_of(session: &Session) -> Result<Option<UserId>, AppError> {
    session.get(USER_KEY).await.map_err(unavailable)
}

/// Signs a person in: the session gets a new id first, so that one planted before is worth nothing.
///
/// # Errors
/// `Unavailable` when the session can't be written.
pub async fn sign_in(session: &Session, user: UserId, now: Timestamp) -> Result<(), AppError> {
    session.cycle_id().await.map_err(unavailable)?;
    session.insert(BEGAN_KEY, now.timestamp()).await.map_err(unavailable)?;
    session.insert(PROVED_KEY, now.timestamp()).await.map_err(unavailable)?;
    session.insert(USER_KEY, user).await.map_err(unavailable)
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

/// Who asks, if they are signed in.
///
/// # Errors
/// `Unavailable` when the session can't be read.
pub async fn current_user() -> Result<Option<UserId>, AppError> {
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
