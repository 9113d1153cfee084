//! Requests of the browser: text there and back, errors as the server wrote them.

use leptos::{
    prelude::*,
    server_fn::redirect::{REDIRECT_HEADER, call_redirect_hook},
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{Headers, RequestInit, Response},
};
use wasm_bindgen_futures::JsFuture;

use super::browser::parse;
use crate::AppError;

/// What a function that only reads answers.
pub async fn get(address: &str) -> Result<String, AppError> {
    request(address, &RequestInit::new(), &headers()?).await
}

/// What a function answers to a form's fields. The browser goes where the answer sends it.
pub async fn post(path: &str, form: &str) -> Result<String, AppError> {
    let (init, headers) = (RequestInit::new(), headers()?);
    init.set_method("POST");
    init.set_body(&JsValue::from_str(form));
    headers.set("Content-Type", "application/x-www-form-urlencoded").map_err(unreachable)?;
    request(path, &init, &headers).await
}

fn headers() -> Result<Headers, AppError> {
    let headers = Headers::new().map_err(unreachable)?;
    headers.set("Accept", "application/json").map_err(unreachable)?;
    Ok(headers)
}

async fn request(address: &str, init: &RequestInit, headers: &Headers) -> Result<String, AppError> {
    init.set_headers(headers);
    let response = JsFuture::from(window().fetch_with_str_and_init(address, init)).await.map_err(unreachable)?;
    let response: Response = response.dyn_into().map_err(unreachable)?;
    let text = JsFuture::from(response.text().map_err(unreachable)?).await.map_err(unreachable)?;
    let text = text.as_string().unwrap_or_default();
    // Also beside an error, where the page says what to do first.
    let headers = response.headers();
    if let Ok(Some(place)) = headers.get("Location") {
        if headers.has(REDIRECT_HEADER).unwrap_or(false) {
            call_redirect_hook(&place);
        } else {
            // One of the pages that the server alone draws.
            let _ = window().location().set_href(&place);
        }
    }
    if response.status() >= 400 {
        // What stands before the server may write something else.
        return Err(parse(&text).unwrap_or(AppError::Unavailable));
    }
    Ok(text)
}

fn unreachable(_: JsValue) -> AppError {
    AppError::Unreachable
}
