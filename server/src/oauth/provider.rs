//! The providers of the settings, each behind the same two steps.

use std::sync::Arc;

use anyhow::Context;
use matinee_services::{identities::Claimed, ports::Clock};
use openidconnect::{
    ClientId, ClientSecret, CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
};
use url::Url;

use super::{OauthError, fetch::Fetch, openid::OpenId, plain::Plain};
use crate::config::{ProviderConfig, SignInConfig};

/// All of them, in the order of their buttons.
#[derive(Clone, Default)]
pub struct Providers(Arc<[Provider]>);

/// One provider.
pub struct Provider {
    pub id: String,
    pub title: String,
    /// Whether everybody who comes from there gave two factors, as the operator says.
    pub asks_for_two: bool,
    kind: Kind,
}

enum Kind {
    OpenId(Box<OpenId>),
    Plain(Box<Plain>),
}

/// What both kinds know of this instance as the provider's client.
pub struct Registration {
    pub provider: String,
    pub client_id: ClientId,
    pub client_secret: Option<ClientSecret>,
    pub redirect: RedirectUrl,
    pub scopes: Vec<Scope>,
    pub fetch: Fetch,
}

/// What binds an answer to the attempt that asked for it.
pub struct Binding {
    pub state: CsrfToken,
    pub nonce: Nonce,
    pub challenge: PkceCodeChallenge,
}

/// What an attempt kept for the exchange of its code.
pub struct Kept {
    pub nonce: Nonce,
    pub verifier: PkceCodeVerifier,
}

impl Providers {
    /// Those of the settings, for an instance that people reach at `origin`. Nothing is asked of them yet: a provider that is down
    /// must not keep the instance from starting.
    ///
    /// # Errors
    /// When a client secret can't be read; says whose.
    pub fn open(config: &SignInConfig, origin: &str, clock: &Arc<dyn Clock>) -> anyhow::Result<Self> {
        let open = |provider: &ProviderConfig| {
            let opened = Provider::open(config, provider, origin, Arc::clone(clock));
            opened.with_context(|| format!("sign_in.providers: {} can't be used", provider.id))
        };
        Ok(Self(config.providers.iter().map(open).collect::<anyhow::Result<_>>()?))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.iter()
    }

    /// # Errors
    /// `UnknownProvider`.
    pub fn get(&self, id: &str) -> Result<&Provider, OauthError> {
        self.0.iter().find(|provider| provider.id == id).ok_or(OauthError::UnknownProvider)
    }
}

impl Provider {
    fn open(
        sign_in: &SignInConfig,
        config: &ProviderConfig,
        origin: &str,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let secret = config.read_secret().map_err(anyhow::Error::msg)?;
        let issuer = Url::parse(config.issuer())?;
        let registration = Registration {
            provider: config.id.clone(),
            client_id: ClientId::new(config.client_id.clone()),
            client_secret: (!secret.is_empty()).then(|| ClientSecret::new(secret.expose().to_owned())),
            redirect: RedirectUrl::new(format!("{origin}/sign-in/with/{}/callback", config.id))?,
            scopes: config.scopes().into_iter().map(Scope::new).collect(),
            fetch: Fetch::new(sign_in, issuer.scheme() == "http")?,
        };
        let kind = if config.preset.is_plain() {
            Kind::Plain(Box::new(Plain::new(config, registration)?))
        } else {
            Kind::OpenId(Box::new(OpenId::new(config, sign_in, registration, clock)?))
        };
        Ok(Self { id: config.id.clone(), title: config.title().to_owned(), asks_for_two: config.second_step, kind })
    }

    /// Where the browser goes to sign in.
    ///
    /// # Errors
    /// `Unreachable` when the provider does not say where that is.
    pub async fn begin(&self, binding: Binding) -> Result<Url, OauthError> {
        match &self.kind {
            Kind::OpenId(provider) => provider.begin(binding).await,
            Kind::Plain(provider) => Ok(provider.begin(binding)),
        }
    }

    /// Checks the issuer that came with an answer (RFC 9207).
    ///
    /// # Errors
    /// `Untrusted` when the answer is another provider's.
    pub async fn check_issuer(&self, issuer: Option<&str>) -> Result<(), OauthError> {
        match &self.kind {
            Kind::OpenId(provider) => provider.check_issuer(issuer).await,
            // Each provider has a redirect address of its own, which plain OAuth 2.0 has to rely on (RFC 9700, section 4.4.2.2).
            Kind::Plain(_) => Ok(()),
        }
    }

    /// Who the code stands for.
    ///
    /// # Errors
    /// `Unreachable`, `Refused` or `Untrusted`: then nobody is signed in.
    pub async fn finish(&self, code: String, kept: Kept) -> Result<Claimed, OauthError> {
        match &self.kind {
            Kind::OpenId(provider) => provider.finish(code, kept).await,
            Kind::Plain(provider) => provider.finish(code, kept).await,
        }
    }
}
