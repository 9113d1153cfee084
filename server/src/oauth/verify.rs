//! Whether an ID token is to be believed (OpenID Connect Core, section 3.1.3.7).
//!
//! Signature, issuer, audience, expiry and nonce are the library's to check; here stand the algorithms that are taken, and what
//! the library leaves to its user: `azp`, `nbf`, `iat`, and that the access token is the ID token's own (`at_hash`).

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use matinee_domain::Timestamp;
use openidconnect::{
    AccessTokenHash, ClaimsVerificationError, ClientId, IssuerUrl, Nonce, OAuth2TokenResponse,
    SignatureVerificationError, TokenResponse,
    core::{
        CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
        CoreTokenResponse,
    },
};

use super::answers::is_subject;

/// Signatures with a key pair alone: `none` is no signature, and HS256 and its like are made with what both sides know.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// How far a provider's clock may be ahead of ours.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);
/// A token that we have just asked for was not made long ago.
const OLDEST: TimeDelta = TimeDelta::minutes(15);

/// What is thought of a token.
pub enum Verdict {
    Believed(Box<CoreIdTokenClaims>),
    /// No key of that name is known; the reason.
    UnknownKey(String),
    Refused(String),
}

/// Judges the ID token in the answer to a code.
pub fn verify(
    answer: &CoreTokenResponse,
    client_id: &ClientId,
    issuer: &IssuerUrl,
    keys: &CoreJsonWebKeySet,
    nonce: &Nonce,
    now: Timestamp,
) -> Verdict {
    let Some(token) = answer.id_token() else { return Verdict::Refused("there is no ID token".into()) };
    let verifier = CoreIdTokenVerifier::new_public_client(client_id.clone(), issuer.clone(), keys.clone())
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now)
        .set_issue_time_verifier_fn(move |issued_at| {
            if issued_at > now + CLOCK_SKEW {
                Err("it was issued in the future".to_owned())
            } else if issued_at < now - OLDEST {
                Err("it was issued too long ago".to_owned())
            } else {
                Ok(())
            }
        });
    match token.claims(&verifier, nonce) {
        Ok(claims) => match check_rest(answer, token, claims, client_id, &verifier, now) {
            Ok(()) => Verdict::Believed(Box::new(claims.clone())),
            Err(reason) => Verdict::Refused(reason),
        },
        Err(ClaimsVerificationError::SignatureVerification(
            error @ (SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_)),
        )) => Verdict::UnknownKey(error.to_string()),
        Err(error) => Verdict::Refused(error.to_string()),
    }
}

fn check_rest(
    answer: &CoreTokenResponse,
    token: &CoreIdToken,
    claims: &CoreIdTokenClaims,
    client_id: &ClientId,
    verifier: &CoreIdTokenVerifier<'_>,
    now: Timestamp,
) -> Result<(), String> {
    if claims.authorized_party().is_some_and(|party| party != client_id) {
        return Err("it was made for another party (azp)".to_owned());
    }
    if !is_subject(claims.subject()) {
        return Err("it names no subject that can be one".to_owned());
    }
    if not_before(token)?.is_some_and(|not_before| not_before > (now + CLOCK_SKEW).timestamp()) {
        return Err("it is not valid yet (nbf)".to_owned());
    }
    if let Some(expected) = claims.access_token_hash() {
        let alg = token.signing_alg().map_err(|error| error.to_string())?;
        let key = token.signing_key(verifier).map_err(|error| error.to_string())?;
        let hash = AccessTokenHash::from_token(answer.access_token(), alg, key).map_err(|error| error.to_string())?;
        if hash != *expected {
            return Err("the access token is another's (at_hash)".to_owned());
        }
    }
    Ok(())
}

/// `nbf`, in seconds since 1970, of a token whose signature was found good. The library does not read it.
fn not_before(token: &CoreIdToken) -> Result<Option<i64>, String> {
    #[derive(serde::Deserialize)]
    struct Payload {
        nbf: Option<serde_json::Number>,
    }
    let text = token.to_string();
    let payload = text.split('.').nth(1).unwrap_or_default();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(payload).map_err(|error| error.to_string())?;
    let payload: Payload = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    #[expect(clippy::cast_possible_truncation, reason = "a moment in seconds; beyond 64 bits it is never reached")]
    Ok(payload.nbf.map(|nbf| nbf.as_i64().unwrap_or_else(|| nbf.as_f64().unwrap_or(f64::MAX).ceil() as i64)))
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
