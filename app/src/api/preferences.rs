//! Language and theme: cookies that the server reads for the next page.

#![allow(clippy::unused_async, reason = "server functions are async, though these only set a header")]

use leptos::prelude::*;

use crate::AppError;

/// Keeps the language of that name.
#[server(prefix = "/api/ui", endpoint = "language")]
pub async fn set_language(lang: String) -> Result<(), AppError> {
    let locale = crate::language::from_name(&lang).ok_or_else(bad_request)?;
    super::set_cookie(crate::language::COOKIE, crate::language::Tag::tag(locale));
    Ok(())
}

/// Keeps the theme of that name.
#[server(prefix = "/api/ui", endpoint = "theme")]
pub async fn set_theme(theme: String) -> Result<(), AppError> {
    let theme = crate::theme::Theme::from_name(&theme).ok_or_else(bad_request)?;
    super::set_cookie(crate::theme::COOKIE, theme.as_str());
    Ok(())
}

#[cfg(feature = "ssr")]
fn bad_request() -> AppError {
    super::answer_status(&AppError::BadRequest);
    AppError::BadRequest
}
