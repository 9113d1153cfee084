//! A provider of OpenID Connect, found by its issuer. What it says of itself is kept for a while; when a token's key isn't among the
//! keys, they are asked for once more, but seldom.

use std::sync::Arc;

use chrono::TimeDelta;
use matinee_domain::Timestamp;
use matinee_services::{causes, identities::Claimed, ports::Clock};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, AuthorizationCode, EndpointNotSet, EndpointSet, IssuerUrl, JsonWebKeySet,
    OAuth2TokenResponse, ProviderMetadata, RequestTokenError, TokenUrl,
    core::{
        CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
        CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse, CoreUserInfoClaims,
    },
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;

use super::{
    OauthError,
    answers::{by_token, by_user_info, strength},
    provider::{Binding, Kept, Registration},
    verify::{Verdict, verify},
};
use crate::config::{ProviderConfig, SignInConfig};

/// An unknown key has the keys fetched anew, but not more often: tokens with made-up keys cost the provider nothing.
const REFETCH_AFTER: TimeDelta = TimeDelta::seconds(30);

/// What discovery says beside what the library reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Extra {
    /// RFC 9207: every answer carries its issuer.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

type Metadata = ProviderMetadata<
    Extra,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

impl AdditionalProviderMetadata for Extra {}

/// A client that knows where to send people and where codes become tokens.
type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet, EndpointNotSet>;

pub struct OpenId {
    issuer: IssuerUrl,
    registration: Registration,
    clock: Arc<dyn Clock>,
    keep: TimeDelta,
    /// What it said of itself, and when. Whoever asks while it is fetched waits for that.
    known: Mutex<Option<(Arc<Metadata>, Timestamp)>>,
}

impl OpenId {
    pub fn new(
        config: &ProviderConfig,
        sign_in: &SignInConfig,
        registration: Registration,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let issuer = IssuerUrl::new(config.issuer().to_owned())?;
        let keep = TimeDelta::minutes(i64::from(sign_in.provider_keys_minutes));
        Ok(Self { issuer, registration, clock, keep, known: Mutex::new(None) })
    }

    pub async fn begin(&self, binding: Binding) -> Result<Url, OauthError> {
        let metadata = self.metadata(self.keep).await?;
        let Binding { state, nonce, challenge } = binding;
        let client = self.client(&metadata)?;
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        // The library asks for `openid` by itself.
        let scopes = self.registration.scopes.iter().filter(|scope| scope.as_str() != "openid").cloned();
        let request = client.authorize_url(flow, move || state, move || nonce).add_scopes(scopes);
        Ok(request.set_pkce_challenge(challenge).url().0)
    }

    pub async fn check_issuer(&self, issuer: Option<&str>) -> Result<(), OauthError> {
        match issuer {
            Some(issuer) if issuer == self.issuer.as_str() => Ok(()),
            Some(_) => Err(OauthError::untrusted("the answer names another issuer")),
            None => {
                let metadata = self.metadata(self.keep).await?;
                if metadata.additional_metadata().authorization_response_iss_parameter_supported {
                    return Err(OauthError::untrusted("the answer names no issuer, which this provider always does"));
                }
                Ok(())
            }
        }
    }

    pub async fn finish(&self, code: String, kept: Kept) -> Result<Claimed, OauthError> {
        let metadata = self.metadata(self.keep).await?;
        let answer = self.exchange(&metadata, code, kept.verifier).await?;
        let now = self.clock.now();
        let client_id = &self.registration.client_id;
        let verdict = match verify(&answer, client_id, &self.issuer, metadata.jwks(), &kept.nonce, now) {
            // The provider may have taken a new key into use.
            Verdict::UnknownKey(_) => {
                let metadata = self.metadata(REFETCH_AFTER.min(self.keep)).await?;
                verify(&answer, client_id, &self.issuer, metadata.jwks(), &kept.nonce, now)
            }
            verdict => verdict,
        };
        let claims = match verdict {
            Verdict::Believed(claims) => claims,
            Verdict::UnknownKey(reason) | Verdict::Refused(reason) => return Err(OauthError::Untrusted(reason)),
        };
        let provider = &self.registration.provider;
        let strength = strength(&claims);
        let claimed = Claimed { strength, ..by_token(provider, &self.issuer, &claims) };
        if !claimed.names.is_empty() || metadata.userinfo_endpoint().is_none() {
            return Ok(claimed);
        }
        let told = self.ask_who(&metadata, &answer, claims.subject()).await?;
        Ok(Claimed { strength, ..by_user_info(provider, &self.issuer, &told) })
    }

    async fn exchange(
        &self,
        metadata: &Metadata,
        code: String,
        verifier: openidconnect::PkceCodeVerifier,
    ) -> Result<CoreTokenResponse, OauthError> {
        let client = self.client(metadata)?;
        let request = client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(verifier);
        request.request_async(&self.registration.fetch).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(refusal) => OauthError::Refused(refusal.error().to_string()),
            // Its words hold what was sent, which is secret.
            RequestTokenError::Parse(error, _) => OauthError::Unreachable(format!("token endpoint: {error}")),
            error => OauthError::Unreachable(format!("token endpoint: {}", causes(&error))),
        })
    }

    /// The person's names, from a provider that tells them only when asked. Its answer must be about the same subject.
    async fn ask_who(
        &self,
        metadata: &Metadata,
        answer: &CoreTokenResponse,
        subject: &openidconnect::SubjectIdentifier,
    ) -> Result<CoreUserInfoClaims, OauthError> {
        let endpoint = metadata.userinfo_endpoint().cloned();
        let endpoint = endpoint.ok_or_else(|| OauthError::Unreachable("there is no userinfo endpoint".into()))?;
        let client = self.client(metadata)?.set_user_info_url(endpoint);
        let request = client.user_info(answer.access_token().clone(), Some(subject.clone()));
        request.request_async(&self.registration.fetch).await.map_err(|error| match error {
            openidconnect::UserInfoError::ClaimsVerification(error) => OauthError::untrusted(error.to_string()),
            error => OauthError::Unreachable(format!("userinfo endpoint: {}", causes(&error))),
        })
    }

    fn client(&self, metadata: &Metadata) -> Result<Client, OauthError> {
        let registration = &self.registration;
        let token = metadata.token_endpoint().cloned();
        let token: TokenUrl = token.ok_or_else(|| OauthError::Unreachable("it has no token endpoint".into()))?;
        let mut client = CoreClient::new(registration.client_id.clone(), self.issuer.clone(), JsonWebKeySet::default())
            .set_redirect_uri(registration.redirect.clone())
            .set_auth_type(auth_type(metadata));
        if let Some(secret) = &registration.client_secret {
            client = client.set_client_secret(secret.clone());
        }
        Ok(client.set_auth_uri(metadata.authorization_endpoint().clone()).set_token_uri(token))
    }

    /// What the provider says of itself, no older than `keep`.
    async fn metadata(&self, keep: TimeDelta) -> Result<Arc<Metadata>, OauthError> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some((metadata, fetched_at)) = &*known
            && now - *fetched_at < keep
        {
            return Ok(Arc::clone(metadata));
        }
        let fetch = &self.registration.fetch;
        let metadata = Metadata::discover_async(self.issuer.clone(), fetch).await;
        let metadata = metadata.map_err(|error| match error {
            openidconnect::DiscoveryError::Validation(reason) => OauthError::Untrusted(reason),
            openidconnect::DiscoveryError::Response(_, _, reason) => OauthError::Unreachable(reason),
            error => OauthError::Unreachable(causes(&error)),
        })?;
        if !fetch.may_ask(metadata.authorization_endpoint().url()) {
            return Err(OauthError::untrusted("its authorization endpoint is no https:// address"));
        }
        let metadata = Arc::new(metadata);
        *known = Some((Arc::clone(&metadata), now));
        Ok(metadata)
    }
}

/// How this client shows its secret: in a header where the provider takes that, which is the default.
fn auth_type(metadata: &Metadata) -> AuthType {
    let offered = metadata.token_endpoint_auth_methods_supported();
    let takes = |method| offered.is_none_or(|offered| offered.contains(&method));
    if !takes(CoreClientAuthMethod::ClientSecretBasic) && takes(CoreClientAuthMethod::ClientSecretPost) {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    }
}
