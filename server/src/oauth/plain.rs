//! A provider of plain OAuth 2.0, such as GitHub: no discovery and no ID token. Who somebody is, is asked of the provider itself with
//! the token that came for the code; only that token can be meant, for it came over our own connection.

use matinee_domain::Email;
use matinee_services::{causes, duty::Strength, identities::Claimed, ports::IdentityKey};
use oauth2::{
    AsyncHttpClient, AuthUrl, AuthorizationCode, EndpointNotSet, EndpointSet, HttpRequest, RequestTokenError,
    TokenResponse, TokenUrl, basic::BasicClient,
};
use serde::Deserialize;
use url::Url;

use super::{
    OauthError,
    answers::is_subject,
    provider::{Binding, Kept, Registration},
};
use crate::config::ProviderConfig;

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

pub struct Plain {
    issuer: String,
    registration: Registration,
    client: Client,
    user_url: Url,
}

/// Who somebody is: the words of GitHub and of Discord.
#[derive(Deserialize)]
struct User {
    id: Subject,
    name: Option<String>,
    global_name: Option<String>,
    login: Option<String>,
    username: Option<String>,
    email: Option<String>,
    verified: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Subject {
    Number(u64),
    Text(String),
}

impl Plain {
    pub fn new(config: &ProviderConfig, registration: Registration) -> anyhow::Result<Self> {
        let mut client = BasicClient::new(registration.client_id.clone())
            .set_auth_type(oauth2::AuthType::RequestBody)
            .set_redirect_uri(registration.redirect.clone());
        if let Some(secret) = &registration.client_secret {
            client = client.set_client_secret(secret.clone());
        }
        let client = client
            .set_auth_uri(AuthUrl::new(config.authorize_url().to_owned())?)
            .set_token_uri(TokenUrl::new(config.token_url().to_owned())?);
        Ok(Self { issuer: config.issuer().to_owned(), registration, client, user_url: Url::parse(config.user_url())? })
    }

    pub fn begin(&self, binding: Binding) -> Url {
        let Binding { state, challenge, .. } = binding;
        let request = self.client.authorize_url(move || state).add_scopes(self.registration.scopes.iter().cloned());
        request.set_pkce_challenge(challenge).url().0
    }

    pub async fn finish(&self, code: String, kept: Kept) -> Result<Claimed, OauthError> {
        let request = self.client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(kept.verifier);
        let answer = request.request_async(&self.registration.fetch).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(refusal) => OauthError::Refused(refusal.error().to_string()),
            RequestTokenError::Parse(error, _) => OauthError::Unreachable(format!("token endpoint: {error}")),
            error => OauthError::Unreachable(format!("token endpoint: {}", causes(&error))),
        })?;
        let request = question(&self.user_url, answer.access_token().secret())?;
        let answer = self.registration.fetch.call(request).await.map_err(|error| failed(&causes(&error)))?;
        if answer.status() != http::StatusCode::OK {
            return Err(failed(&format!("status {}", answer.status())));
        }
        told(&self.registration.provider, &self.issuer, answer.body())
    }
}

fn failed(what: &str) -> OauthError {
    OauthError::Unreachable(format!("user endpoint: {what}"))
}

/// The question whom a token stands for.
///
/// # Errors
/// `Unreachable` for a token that can't be sent.
pub fn question(user_url: &Url, token: &str) -> Result<HttpRequest, OauthError> {
    http::Request::get(user_url.as_str())
        .header(http::header::ACCEPT, "application/json")
        .header(http::header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Vec::new())
        .map_err(|_| failed("the token can't be sent"))
}

/// Whom the answer to that question is about.
///
/// # Errors
/// `Unreachable` when it can't be read, `Untrusted` when it names nobody.
pub fn told(provider: &str, issuer: &str, answer: &[u8]) -> Result<Claimed, OauthError> {
    let user: User = serde_json::from_slice(answer).map_err(|error| failed(&error.to_string()))?;
    let subject = match user.id {
        Subject::Number(id) => id.to_string(),
        Subject::Text(id) if is_subject(&id) => id,
        Subject::Text(_) => return Err(OauthError::untrusted("it names no subject")),
    };
    // Only Discord says whether an address was checked.
    let email = user.email.filter(|_| user.verified == Some(true));
    Ok(Claimed {
        key: IdentityKey { issuer: issuer.to_owned(), subject },
        provider: provider.to_owned(),
        names: [user.name, user.global_name, user.login, user.username].into_iter().flatten().collect(),
        email: email.and_then(|email| Email::parse(&email).ok()),
        strength: Strength::OneFactor,
    })
}
