//! Rating a film, and taking a rating back.

use leptos::prelude::*;
use matinee_domain::{MovieId, Stars};

use crate::AppError;

/// Rates a film, or takes the rating back where `clear` is sent. Returns the rating there was, for undoing.
/// Visitors are sent to sign in, and come back to `back`.
#[server(prefix = "/api/ui", endpoint = "rate")]
pub async fn rate(
    movie: MovieId,
    /// None only together with `clear`.
    #[server(default)]
    stars: Option<Stars>,
    #[server(default)] clear: Option<String>,
    /// The page to come back to.
    #[server(default)]
    back: Option<String>,
) -> Result<Option<Stars>, AppError> {
    let user = match crate::session::require_user().await {
        Err(AppError::SignInNeeded) if super::accepts_html() => {
            super::redirect(&super::sign_in_path(back.as_deref()));
            return Ok(None);
        }
        user => user?,
    };
    let services = super::services()?;
    let before = match (stars, clear) {
        (_, Some(_)) => services.unrate(user, movie).await,
        (Some(stars), None) => services.rate(user, movie, stars).await,
        (None, None) => {
            super::answer_status(&AppError::BadRequest);
            return Err(AppError::BadRequest);
        }
    };
    if let Some(back) = back.filter(|_| super::accepts_html()) {
        super::redirect(&back);
    }
    before.map_err(super::fail)
}
