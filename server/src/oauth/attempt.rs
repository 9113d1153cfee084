//! One attempt to sign in at a provider: what is kept of it here, and the cookie that binds it to the browser.
//!
//! A person has one attempt at a time in a browser: the next one takes the cookie over. Kept are digests of what comes back from
//! outside, so that reading the table lets nobody finish an attempt.

use axum::http::{HeaderMap, HeaderValue, header};
use chrono::TimeDelta;
use matinee_domain::UserId;
use matinee_services::ports::{Clock, SignInAttempt, SignInAttemptRepository};
use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge};
use sha2::{Digest, Sha256};

use super::{OauthError, provider::Binding};

/// Bytes of chance in a `state` and in the cookie.
const SECRET_BYTES: u32 = 32;
/// Longer ones are none of ours.
const MAX_SECRET_CHARS: usize = 128;

/// Where attempts are kept, and for how long.
pub struct Attempts<'a> {
    pub repository: &'a dyn SignInAttemptRepository,
    pub clock: &'a dyn Clock,
    pub life: TimeDelta,
    /// Whether people come over TLS.
    pub https: bool,
}

/// What is kept of an attempt, beside what it is known by.
pub struct Held<'a> {
    pub provider: &'a str,
    pub nonce: String,
    pub verifier: String,
    /// Path to go on to.
    pub back: &'a str,
    /// Whose account is to be changed by it; `None` for a sign-in.
    pub user: Option<UserId>,
}

/// An attempt that has just begun.
pub struct Begun {
    pub binding: Binding,
    /// For the browser that began it.
    pub cookie: HeaderValue,
}

impl Attempts<'_> {
    /// Begins an attempt at `provider`, which goes on to the path `back`; for linking, `user` is whose account it is for.
    ///
    /// # Errors
    /// `Database` when it can't be kept.
    pub async fn begin(&self, provider: &str, back: &str, user: Option<UserId>) -> Result<Begun, OauthError> {
        let state = CsrfToken::new_random_len(SECRET_BYTES);
        let nonce = Nonce::new_random_len(SECRET_BYTES);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let held = Held { provider, nonce: nonce.secret().clone(), verifier: verifier.secret().clone(), back, user };
        let cookie = self.keep(state.secret(), held).await?;
        Ok(Begun { binding: Binding { state, nonce, challenge }, cookie })
    }

    /// Keeps an attempt whose answer will bring `state`; returns the cookie for the browser that begins it.
    ///
    /// # Errors
    /// `Database` when it can't be kept.
    pub async fn keep(&self, state: &str, held: Held<'_>) -> Result<HeaderValue, OauthError> {
        let browser = CsrfToken::new_random_len(SECRET_BYTES);
        let attempt = SignInAttempt {
            id: digest(state),
            browser: digest(browser.secret()),
            provider: held.provider.to_owned(),
            nonce: held.nonce,
            verifier: held.verifier,
            back: held.back.to_owned(),
            user: held.user,
            expires_at: self.clock.now() + self.life,
        };
        self.repository.add(&attempt).await.map_err(kept_nowhere)?;
        self.cookie(browser.secret(), self.life.num_seconds().max(0))
    }

    /// Takes the attempt that an answer of `provider` with this `state` belongs to. It is over then, whatever comes of it.
    ///
    /// # Errors
    /// `NoAttempt` when there is none, or it is another browser's or another provider's.
    pub async fn take(&self, provider: &str, state: &str, headers: &HeaderMap) -> Result<SignInAttempt, OauthError> {
        let is_ours = !state.is_empty() && state.len() <= MAX_SECRET_CHARS;
        let state = Some(state).filter(|_| is_ours).ok_or(OauthError::NoAttempt("the state is none of ours"))?;
        let taken = self.repository.take(&digest(state), self.clock.now()).await.map_err(kept_nowhere)?;
        let attempt = taken.ok_or(OauthError::NoAttempt("the state is unknown, was used, or has expired"))?;
        let browser = cookie_of(headers, self.cookie_name());
        // Digests are compared, so time tells nothing of the cookie.
        if browser.map(digest).as_deref() != Some(attempt.browser.as_str()) {
            return Err(OauthError::NoAttempt("another browser began it"));
        }
        if attempt.provider != provider {
            return Err(OauthError::NoAttempt("it was begun at another provider"));
        }
        Ok(attempt)
    }

    /// A cookie that takes back what [`Attempts::begin`] set.
    pub fn no_cookie(&self) -> Option<HeaderValue> {
        self.cookie("", 0).ok()
    }

    fn cookie(&self, value: &str, life_s: i64) -> Result<HeaderValue, OauthError> {
        let secure = if self.https { "; Secure" } else { "" };
        let name = self.cookie_name();
        let text = format!("{name}={value}; Path=/; Max-Age={life_s}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::from_str(&text).map_err(|_| OauthError::NoAttempt("no cookie can be made"))
    }

    const fn cookie_name(&self) -> &'static str {
        if self.https { "__Host-matinee_attempt" } else { "matinee_attempt" }
    }
}

/// SHA-256, as hexadecimal digits.
pub fn digest(secret: &str) -> String {
    format!("{:x}", Sha256::digest(secret.as_bytes()))
}

/// The value of the one cookie of that name. Two are none: somebody else may have planted one.
fn cookie_of<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
    let value = values.next()?;
    (values.next().is_none() && value.len() <= MAX_SECRET_CHARS).then_some(value)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn kept_nowhere(error: matinee_services::ports::RepositoryError) -> OauthError {
    tracing::error!(error = &error as &dyn std::error::Error, "attempts to sign in can't be kept");
    OauthError::Database
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_comes_twice_is_not_believed() {
        let headers = |text: &str| HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(text).unwrap())]);
        assert_eq!(cookie_of(&headers("b=2; a=1"), "a"), Some("1"));
        assert_eq!(cookie_of(&headers("a=1; a=2"), "a"), None);
        assert_eq!(cookie_of(&headers("b=1"), "a"), None);
    }
}
