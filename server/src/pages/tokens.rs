//! `/account/tokens`: tokens with which my programs use the API.

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{Redirect, Response},
};
use leptos::prelude::*;
use matinee_app::{
    i18n::Locale,
    plain::{Sheet, Words},
};
use matinee_domain::{ApiToken, FieldError, Timestamp, TokenScope, TokenText};
use matinee_services::{ServiceError, Services};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Frame, Refusal,
    access::SignedIn,
    changes::Said,
    pieces::{field, moment, notice, opening, text_field, to_data},
    security::Proven,
};
use crate::api::extract::Id;

/// How long tokens may be good for, in days, as the form offers it.
const DAYS: [u32; 3] = [30, 90, 365];

/// The form of a new token.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    #[serde(default)]
    name: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    days: u32,
}

#[derive(Clone, Default)]
struct Shown {
    tokens: Vec<ApiToken>,
    now: Timestamp,
    said: Option<String>,
    /// The token that was made just now: shown this once.
    made: Option<TokenText>,
    draft: NewToken,
    wrong: Vec<FieldError>,
}

pub async fn list(
    SignedIn(me): SignedIn,
    frame: Frame,
    State(services): State<Services>,
    Query(said): Query<Said>,
) -> Result<Response, Refusal> {
    let tokens = services.my_tokens(me).await?;
    let shown = Shown { tokens, now: services.clock.now(), said: said.into_name(), ..Shown::default() };
    Ok(frame.page(move |locale, words| draw(locale, words, &shown)).await)
}

/// The answer holds the token, so it is no redirect: the token is in no address and in no cookie. A token outlives the session, so it is
/// made by who signed in lately; to revoke one takes no more than a session.
pub async fn add(
    Proven(me): Proven,
    frame: Frame,
    State(services): State<Services>,
    Form(draft): Form<NewToken>,
) -> Result<Response, Refusal> {
    let scope = TokenScope::from_name(&draft.scope).unwrap_or(TokenScope::Read);
    let added = services.add_token(me, &draft.name, scope, draft.days).await;
    let shown = Shown { tokens: services.my_tokens(me).await?, now: services.clock.now(), ..Shown::default() };
    let (status, shown) = match added {
        Ok((_, text)) => (StatusCode::CREATED, Shown { made: Some(text), ..shown }),
        Err(ServiceError::Invalid(wrong)) => (StatusCode::UNPROCESSABLE_ENTITY, Shown { draft, wrong, ..shown }),
        Err(error) => return Err(error.into()),
    };
    Ok(frame.page_of(status, move |locale, words| draw(locale, words, &shown)).await)
}

pub async fn revoke(
    SignedIn(me): SignedIn,
    State(services): State<Services>,
    Id(id): Id<Uuid>,
) -> Result<Redirect, Refusal> {
    services.revoke_token(me, id).await?;
    Ok(Redirect::to("/account/tokens?said=revoked"))
}

fn draw(locale: Locale, words: &'static Words, shown: &Shown) -> Sheet {
    let items: Vec<_> = shown.tokens.iter().map(|token| item(locale, words, token, shown.now)).collect();
    let list = if items.is_empty() {
        view! { <p>{words.tokens.empty}</p> }.into_any()
    } else {
        view! { <ul class="ledger">{items}</ul> }.into_any()
    };
    let made = shown.made.as_ref().map(|text| {
        view! {
            <section class="said said--token" aria-labelledby="made">
                <h2 id="made">{words.tokens.made}</h2>
                <p>{words.tokens.once}</p>
                <code class="secret">{text.expose()}</code>
                <p>
                    {words.tokens.how} " " <code>"Authorization: Bearer …"</code>
                </p>
            </section>
        }
    });
    let body = view! {
        {opening(words.tokens.title, words.tokens.note)}
        {notice(words, shown.said.as_deref())}
        {made}
        <div class="settings">
            <section class="settings__part">
                <h2>{words.tokens.yours}</h2>
                {list}
            </section>
            <section class="settings__part">
                <h2>{words.tokens.new}</h2>
                {form(words, &shown.draft, &shown.wrong)}
            </section>
            <p>
                {to_data(words)}
            </p>
        </div>
    };
    Sheet { title: words.tokens.title.to_owned(), body: body.into_any() }
}

fn form(words: &'static Words, draft: &NewToken, wrong: &[FieldError]) -> AnyView {
    let scopes =
        [(TokenScope::Read, words.tokens.read), (TokenScope::Write, words.tokens.write)].map(|(scope, label)| {
            let chosen = draft.scope == scope.as_str();
            view! {
                <option value=scope.as_str() selected=chosen>
                    {label}
                </option>
            }
        });
    let days = DAYS.map(|days| {
        let chosen = draft.days == days || (draft.days == 0 && days == DAYS[1]);
        view! {
            <option value=days selected=chosen>
                {words.tokens.days.replace("{count}", &days.to_string())}
            </option>
        }
    });
    let scope = view! { <select class="select" id="scope" name="scope">{scopes.collect_view()}</select> };
    let days = view! { <select class="select" id="days" name="days">{days.collect_view()}</select> };
    view! {
        <form class="form narrow" method="post" action="/account/tokens">
            {text_field(words.tokens.name, "name", draft.name.clone(), words.tokens.name_help, wrong)}
            {field(words.tokens.scope, "scope", scope.into_any(), "", wrong)}
            {field(words.tokens.good_for, "days", days.into_any(), "", wrong)}
            <button class="button button--main">{words.tokens.make}</button>
        </form>
    }
    .into_any()
}

fn item(locale: Locale, words: &'static Words, token: &ApiToken, now: Timestamp) -> AnyView {
    let scope = match token.scope {
        TokenScope::Read => words.tokens.read,
        TokenScope::Write => words.tokens.write,
    };
    let ends = if token.expires_at <= now { words.tokens.expired } else { words.tokens.expires };
    let used = match token.used_at {
        Some(at) => view! { <span>{words.tokens.used} " " {moment(locale, at)}</span> }.into_any(),
        None => view! { <span>{words.tokens.unused}</span> }.into_any(),
    };
    view! {
        <li class="ledger__item">
            <div>
                <p class="ledger__what">{token.name.clone()}</p>
                <p class="ledger__facts">
                    <span>{scope}</span>
                    <span>{ends} " " {moment(locale, token.expires_at)}</span>
                    {used}
                </p>
            </div>
            <form method="post" action=format!("/account/tokens/{}/revoke", token.id)>
                <button class="button button--wrong" aria-label=format!("{} – {}", words.tokens.revoke, token.name)>
                    {words.tokens.revoke}
                </button>
            </form>
        </li>
    }
    .into_any()
}
