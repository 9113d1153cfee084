//! What people are told when a provider did not let them in, and the page of all providers.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use leptos::prelude::*;
use matinee_app::{
    api::sign_in_path,
    plain::{Sheet, security},
};
use matinee_services::{ServiceError, security_log};
use serde::Deserialize;

use super::{OauthError, routes::Failure};
use crate::{
    pages::{Frame, pieces::opening},
    state::AppState,
};

/// Says what happened and what to do next; logs what an operator should know.
pub async fn failed(state: &AppState, frame: Frame, provider: &str, failure: Failure) -> Response {
    log(provider, &failure);
    let known = state.oauth.providers.get(provider).ok();
    let title = known.map_or_else(String::new, |provider| provider.title.clone());
    let again = known.map(|provider| format!("/sign-in/with/{}", provider.id));
    let status = failure.status();
    let kind = Kind::of(&failure);
    let draw = move |locale, _| {
        let words = security(locale);
        let (heading, note) = match kind {
            Kind::Unknown => words.unknown,
            Kind::Over => words.over,
            Kind::Denied => words.denied,
            Kind::Broken => words.broken,
            Kind::Clash => words.clash,
            Kind::Elsewhere => words.elsewhere,
            Kind::Unavailable => words.unavailable,
        };
        let named = |text: &str| text.replace("{provider}", &title);
        let retry = again.clone().filter(|_| matches!(kind, Kind::Over | Kind::Denied | Kind::Broken)).map(|href| {
            view! {
                <a class="button button--main" href=href rel="external nofollow">
                    {words.try_again}
                </a>
            }
        });
        let (to, label) = match kind {
            Kind::Clash => (sign_in_path(Some("/account/security")), words.to_security),
            _ => (sign_in_path(None), words.to_sign_in),
        };
        let body = view! {
            {opening(named(heading), named(note))}
            <p class="cluster narrow">
                {retry}
                <a class="button" href=to rel="external">
                    {label}
                </a>
            </p>
        };
        Sheet { title: named(heading), body: body.into_any() }
    };
    frame.page_of(status, draw).await
}

/// What is said, by what happened.
#[derive(Clone, Copy)]
enum Kind {
    Unknown,
    Over,
    Denied,
    Broken,
    Clash,
    Elsewhere,
    Unavailable,
}

impl Kind {
    fn of(failure: &Failure) -> Self {
        match failure {
            Failure::Provider(OauthError::UnknownProvider) => Self::Unknown,
            Failure::Provider(OauthError::NoAttempt(_)) => Self::Over,
            Failure::Provider(OauthError::Denied) => Self::Denied,
            Failure::Provider(OauthError::Refused(_) | OauthError::Unreachable(_) | OauthError::Untrusted(_)) => {
                Self::Broken
            }
            Failure::Service(ServiceError::Conflict(field)) if field.field == "email" => Self::Clash,
            Failure::Service(ServiceError::Conflict(_)) => Self::Elsewhere,
            Failure::Provider(OauthError::Database) | Failure::Service(_) | Failure::Session => Self::Unavailable,
        }
    }
}

#[derive(Deserialize)]
pub struct Choosing {
    back: Option<String>,
}

/// `/sign-in/with`: all providers.
pub async fn choose(
    State(state): State<AppState>,
    frame: Frame,
    choosing: Result<Query<Choosing>, QueryRejection>,
) -> Response {
    let back = choosing.ok().and_then(|Query(choosing)| choosing.back);
    let ways: Vec<_> = state.oauth.ways(back.as_deref());
    let draw = move |locale, _| {
        let words = security(locale);
        let note = if ways.is_empty() { words.no_ways } else { words.ways_note };
        let buttons: Vec<_> = ways
            .iter()
            .map(|(href, title)| {
                view! {
                    <a class="button button--wide" href=href.clone() rel="external nofollow">
                        {words.with.replace("{provider}", title)}
                    </a>
                }
            })
            .collect();
        let body = view! {
            {opening(words.ways_title, note)}
            <div class="ways narrow">{buttons}</div>
        };
        Sheet { title: words.ways_title.to_owned(), body: body.into_any() }
    };
    frame.page(draw).await
}

fn log(provider: &str, failure: &Failure) {
    match failure {
        Failure::Provider(OauthError::UnknownProvider) | Failure::Session => {}
        Failure::Provider(OauthError::Denied) => security_log::factor_refused("provider", "denied", None),
        Failure::Provider(OauthError::NoAttempt(_)) => security_log::factor_refused("provider", "no_attempt", None),
        Failure::Provider(_) => security_log::factor_refused("provider", "untrusted", None),
        Failure::Service(_) => security_log::factor_refused("provider", "refused", None),
    }
    match failure {
        // A name from an address, which may be anything.
        Failure::Provider(OauthError::UnknownProvider | OauthError::Denied) | Failure::Session => {}
        Failure::Provider(error @ OauthError::NoAttempt(_)) => {
            let error = error as &dyn std::error::Error;
            tracing::info!(sign_in.provider = provider, error, "an answer belongs to no attempt");
        }
        Failure::Provider(error) => {
            let error = error as &dyn std::error::Error;
            tracing::warn!(sign_in.provider = provider, error, "a provider let nobody in");
        }
        Failure::Service(error) => {
            let error = error as &dyn std::error::Error;
            tracing::info!(sign_in.provider = provider, error, "nobody was let in");
        }
    }
}
