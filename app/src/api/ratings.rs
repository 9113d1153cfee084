//! Rating a film, and taking a rating back.

use leptos::prelude::*;
use matinee_domain::{MovieId, Stars};

use crate::AppError;

/// Rates a film, or takes the rating back where `clear` is sent. Returns the rating there was, for undoing.
/// Visitors are sent to sign in, and come back to `back`.
#[server(prefix = "/api/ui", endpoint = "rate")]
pub async fn rate(
    movie: MovieId,
    /// As [`Stars::decimal`] writes it; none only together with `clear`.
    #[server(default)]
    stars: Option<String>,
    #[server(default)] clear: Option<String>,
    /// The page to come back to.
    #[server(default)]
    back: Option<String>,
) -> Result<Option<Stars>, AppError> {
    use crate::feedback::{Notice, Said};

    let stars = stars.filter(|_| clear.is_none()).map(|stars| stars.parse::<Stars>());
    let Ok(now) = stars.transpose() else {
        super::answer_status(&AppError::BadRequest);
        return crate::flash::answer_form::<Rate>(Err(AppError::BadRequest), |_| None, back.as_deref());
    };
    let before = save(movie, now, clear.is_some()).await;
    let notice = |before: &Result<Option<Stars>, AppError>| {
        Some(match before {
            Ok(before) => Notice::rated(movie, now, *before),
            Err(error) => Notice::of(Said::NotSaved(error.clone())),
        })
    };
    crate::flash::answer_form::<Rate>(before, notice, back.as_deref())
}

#[cfg(feature = "ssr")]
async fn save(movie: MovieId, stars: Option<Stars>, clear: bool) -> Result<Option<Stars>, AppError> {
    let user = crate::session::require_user().await?;
    let services = super::services()?;
    match stars {
        Some(stars) => services.rate(user, movie, stars).await.map_err(super::fail),
        None if clear => services.unrate(user, movie).await.map_err(super::fail),
        None => {
            super::answer_status(&AppError::BadRequest);
            Err(AppError::BadRequest)
        }
    }
}
