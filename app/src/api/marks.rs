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
    use crate::feedback::{Notice, Said};

    let saved = save(movie, mark, on).await;
    let notice = |saved: &Result<(), AppError>| {
        Some(match saved {
            Ok(()) => Notice::marked(movie, mark, on),
            Err(error) => Notice::of(Said::NotSaved(error.clone())),
        })
    };
    crate::flash::answer_form::<SetMark>(saved, notice, back.as_deref())
}

#[cfg(feature = "ssr")]
async fn save(movie: MovieId, mark: Mark, on: bool) -> Result<(), AppError> {
    let user = crate::session::require_user().await?;
    super::services()?.set_mark(user, movie, mark, on).await.map_err(super::fail)
}
