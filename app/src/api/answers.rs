//! What all server functions share: the use cases, and how an error becomes an answer.

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE},
    request::Parts,
};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::{location::RequestUrl, params::ParamsMap};
use matinee_services::{ServiceError, Services, causes};

use crate::AppError;

/// The use cases, given by the server to every request.
///
/// # Errors
/// `Unavailable` where the server forgot to provide them.
pub fn services() -> Result<Services, AppError> {
    use_context::<Services>().ok_or_else(|| {
        tracing::error!("no Services in the context of a server function");
        AppError::Unavailable
    })
}

/// Maps a use case's error to what the page is told, logs what is the server's fault, and sets the answer's status.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub fn fail(error: ServiceError) -> AppError {
    let mapped = match &error {
        // Whoever may not do a thing need not know that it is there.
        ServiceError::NotFound { .. } | ServiceError::Forbidden { .. } => AppError::NotFound,
        ServiceError::Invalid(fields) => AppError::Invalid { fields: fields.clone(), kept: Vec::new() },
        ServiceError::Conflict(field) => AppError::Invalid { fields: vec![field.clone()], kept: Vec::new() },
        ServiceError::WrongCredentials => AppError::WrongCredentials { kept: Vec::new() },
        ServiceError::SignInNeeded
        | ServiceError::SecondStepNeeded
        | ServiceError::WrongToken
        | ServiceError::CodeNeeded
        | ServiceError::WrongCode => AppError::SignInNeeded,
        ServiceError::Busy => AppError::Busy,
        ServiceError::Repository(_)
        | ServiceError::Search(_)
        | ServiceError::Recommender(_)
        | ServiceError::Hashing(_) => {
            tracing::error!(error = causes(&error), "a use case failed");
            AppError::Unavailable
        }
    };
    answer_status(&mapped);
    mapped
}

/// Sets the HTTP status that fits the error. Plain forms are left alone: they are answered by a redirect back to their
/// page, which carries the error.
pub fn answer_status(error: &AppError) {
    let plain_form = use_context::<Parts>().is_some_and(|parts| parts.method != http::Method::GET && accepts(&parts));
    if let (false, Some(response)) = (plain_form, use_context::<ResponseOptions>()) {
        response.set_status(match error {
            AppError::NotFound => StatusCode::NOT_FOUND,
            AppError::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            AppError::WrongCredentials { .. } | AppError::SignInNeeded => StatusCode::UNAUTHORIZED,
            AppError::BadRequest => StatusCode::BAD_REQUEST,
            AppError::Busy => StatusCode::TOO_MANY_REQUESTS,
            AppError::Unavailable | AppError::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
        });
    }
}

/// Whether a browser asks for a page, and not the hydrated app for data.
pub fn accepts_html() -> bool {
    use_context::<Parts>().is_some_and(|parts| accepts(&parts))
}

fn accepts(parts: &Parts) -> bool {
    parts.headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

/// Sends the browser on to a path of this site; anything else becomes `/`, so that no form can send people elsewhere.
pub fn redirect(path: &str) {
    let path = crate::viewer::local_path(path);
    if accepts_html() || crate::app::has_page(path) {
        leptos_axum::redirect(path);
    } else if let (Some(response), Ok(path)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(path)) {
        // Without the header that has the app go there by itself: it would find no such page.
        response.insert_header(LOCATION, path);
    }
}

/// Tells browsers and search engines that a page has another address, for good.
pub fn redirect_for_good(path: &str) {
    // Slugs keep other scripts' letters; a header can't.
    let encode = |byte: u8| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let path: String = path.bytes().map(encode).collect();
    if let (Some(response), Ok(path)) =
        (use_context::<ResponseOptions>(), HeaderValue::from_str(crate::viewer::local_path(&path)))
    {
        response.insert_header(LOCATION, path);
        response.set_status(StatusCode::PERMANENT_REDIRECT);
    }
}

/// The sign-in page, coming back to `back` afterwards.
pub fn sign_in_path(back: Option<&str>) -> String {
    match back.map(crate::viewer::local_path) {
        Some(back) if back != "/" => format!("/sign-in?back={}", leptos_router::location::Url::escape(back)),
        _ => "/sign-in".to_owned(),
    }
}

/// The values in the query of an address of this site.
pub fn query_of(address: &str) -> ParamsMap {
    let url = RequestUrl::new(&format!("http://matinee.invalid{address}")).parse();
    url.map(|url| url.search_params().clone()).unwrap_or_default()
}

/// The value of one of the request's cookies.
pub fn request_cookie(name: &str) -> Option<String> {
    cookie_in(&use_context::<Parts>()?.headers, name)
}

/// The value of one of a request's cookies.
pub fn cookie_in(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE);
    all.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then(|| value.to_owned())
    })
}

/// Sets a cookie that keeps a choice for a year. `value` must be a plain word.
pub fn set_cookie(name: &str, value: &str) {
    let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax");
    if let (Some(response), Ok(cookie)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&cookie)) {
        response.append_header(SET_COOKIE, cookie);
    }
}
