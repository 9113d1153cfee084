//! Drawing a page, and what stands on it when something went wrong.

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::{
        HeaderValue, Method, StatusCode,
        header::{self, CONTENT_TYPE},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use matinee_app::{
    api::sign_in_path,
    i18n::Locale,
    plain::{self, Sheet, Words},
};
use matinee_services::{ServiceError, causes};

use crate::{
    http::{pages::provide, scope::KeepingScope},
    state::AppState,
};

/// A request for a page: what is needed to draw one.
pub struct Frame {
    parts: Parts,
    state: AppState,
}

impl FromRequestParts<AppState> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self { parts: parts.clone(), state: state.clone() })
    }
}

impl Frame {
    /// A page.
    pub async fn page(
        self,
        draw: impl Fn(Locale, &'static Words) -> Sheet + Clone + Send + Sync + 'static,
    ) -> Response {
        self.page_of(StatusCode::OK, draw).await
    }

    /// A page with another status than 200.
    pub async fn page_of(
        self,
        status: StatusCode,
        draw: impl Fn(Locale, &'static Words) -> Sheet + Clone + Send + Sync + 'static,
    ) -> Response {
        let Self { parts, state } = self;
        let handler =
            leptos_axum::render_app_async_with_context(move || provide(&state), move || plain::document(draw.clone()));
        let mut response = KeepingScope::new(handler(Request::from_parts(parts, Body::empty()))).await;
        *response.status_mut() = status;
        response
    }
}

/// What a page could not do. It becomes a page in [`draw_refusals`].
#[derive(Debug)]
pub struct Refusal(pub ServiceError);

impl<E: Into<ServiceError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl Refusal {
    /// Nothing has this address.
    pub fn not_found() -> Self {
        Self(ServiceError::NotFound { what: "page", id: "of this address".to_owned() })
    }

    /// Its page, outside of [`draw_refusals`].
    pub async fn draw(self, state: AppState, request: Request) -> Response {
        let (parts, _) = request.into_parts();
        answer(&self, Frame { parts, state }).await
    }

    fn status(&self) -> StatusCode {
        match &self.0 {
            ServiceError::NotFound { .. } => StatusCode::NOT_FOUND,
            ServiceError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ServiceError::Conflict(_) => StatusCode::CONFLICT,
            ServiceError::Forbidden { .. } | ServiceError::SecondStepNeeded => StatusCode::FORBIDDEN,
            ServiceError::WrongCredentials
            | ServiceError::CodeNeeded
            | ServiceError::WrongCode
            | ServiceError::SignInNeeded
            | ServiceError::WrongToken => StatusCode::UNAUTHORIZED,
            ServiceError::Busy => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Answers refusals by a page, or by the way to sign in; also what the extractors of axum refused.
pub async fn draw_refusals(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let frame = Frame { parts: parts.clone(), state };
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    match response.extensions().get::<Arc<Refusal>>().cloned() {
        Some(refusal) => answer(&refusal, frame).await,
        None if status.is_client_error() && !is_html(&response) => draw(frame, status, None).await,
        None => response,
    }
}

async fn answer(refusal: &Refusal, frame: Frame) -> Response {
    let status = refusal.status();
    let detail = match &refusal.0 {
        ServiceError::SignInNeeded => return to_sign_in(&frame.parts),
        ServiceError::Conflict(field) => Some(field.message.clone()),
        ServiceError::Invalid(fields) => fields.first().map(|field| field.message.clone()),
        _ => None,
    };
    if status.is_server_error() {
        tracing::error!(error = causes(&refusal.0), "a use case failed");
    }
    draw(frame, status, detail).await
}

/// A page that says what this status means, for what was refused before any handler.
pub async fn draw_status(state: AppState, request: Request, status: StatusCode) -> Response {
    let (parts, _) = request.into_parts();
    draw(Frame { parts, state }, status, None).await
}

/// A page that says that a form was carried out, whose answer was lost; `back` is where it was.
pub async fn draw_arrived(state: AppState, request: Request, back: String) -> Response {
    let (parts, _) = request.into_parts();
    let page = move |_, words: &'static Words| {
        let words = &words.arrived;
        let body = view! {
            <div class="opening">
                <h1 class="opening__title">{words.title}</h1>
                <p class="opening__note">{words.note}</p>
            </div>
            <div class="narrow settings__part">
                <p>
                    <a class="button button--main" href=back.clone() rel="external">
                        {words.back}
                    </a>
                </p>
            </div>
        };
        Sheet { title: words.title.to_owned(), body: body.into_any() }
    };
    Frame { parts, state }.page(page).await
}

async fn draw(frame: Frame, status: StatusCode, detail: Option<String>) -> Response {
    let page = move |_, words: &'static Words| {
        let (title, note) = words.refused(status.as_u16());
        let detail = detail.clone().map(|detail| view! { <p>{detail}</p> });
        let body = view! {
            <div class="opening">
                <h1 class="opening__title">{title}</h1>
                <p class="opening__note">{note}</p>
            </div>
            <div class="narrow settings__part">
                {detail}
                <p>
                    <a class="button" href="/" rel="external">
                        {words.to_films}
                    </a>
                </p>
            </div>
        };
        Sheet { title: title.to_owned(), body: body.into_any() }
    };
    frame.page_of(status, page).await
}

/// Coming back to the page that was asked for; to the account's page where a form was sent.
fn to_sign_in(parts: &Parts) -> Response {
    let asked = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let back = if parts.method == Method::GET { asked } else { "/account" };
    let mut response = Redirect::to(&sign_in_path(Some(back))).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

fn is_html(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}
