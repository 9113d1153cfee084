//! "Not interested" and "not because of this".

use leptos::prelude::*;
use matinee_domain::{MovieId, activity::Mark};

use crate::AppError;

/// Sets a mark on a film, or takes it away where `on` is false.
#[server(prefix = "/api/ui", endpoint = "mark")]
pub async fn set_mark(
    movie: MovieId,
    mark: Mark,
    on: bool,
    /// The page to come back to.
    #[server(default)]
    back: Option<String>,
) -> Result<(), AppError> {
    let user = match crate::session::require_user().await {
        Err(AppError::SignInNeeded) if super::accepts_html() => {
            super::redirect(&super::sign_in_path(back.as_deref()));
            return Ok(());
        }
        user => user?,
    };
    super::services()?.set_mark(user, movie, mark, on).await.map_err(super::fail)?;
    if let Some(back) = back.filter(|_| super::accepts_html()) {
        super::redirect(&back);
    }
    Ok(())
}
