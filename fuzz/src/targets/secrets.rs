//! What is shown to be let in: programs' tokens, codes, and what providers say of somebody.

use http::HeaderValue;
use matinee_domain::{Timestamp, TokenText};
use matinee_server::{
    api::bearer,
    oauth::{question, told},
};
use matinee_services::{recovery::RecoveryCode, totp::FactorSecret};
use oauth2::{TokenResponse, basic::BasicTokenResponse};
use openidconnect::core::CoreTokenResponse;
use serde_json::Value;
use url::Url;

use super::parts;

/// That of RFC 6238's examples, and one of their moments: the kept inputs know its codes.
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const NOW_S: i64 = 59;
const STEP_S: i64 = 30;
/// Of a code no more is read.
const MAX_GIVEN_CHARS: usize = 64;

/// `Authorization`, whose scheme is read by us: a token is all that stands behind it, and is never printed.
pub fn tokens(bytes: &[u8]) {
    let Ok(sent) = HeaderValue::from_bytes(bytes) else { return };
    let Some(token) = bearer(&sent) else { return };
    assert!(token == token.trim() && sent.to_str().is_ok_and(|sent| sent.trim_end().ends_with(token)), "{token:?}");
    if let Ok(read) = token.parse::<TokenText>() {
        assert_eq!(read.expose(), token, "a token is written in one way only");
        assert!(!format!("{read:?}").contains(read.secret()));
    }
}

/// Codes of an app and of a recovery, as people type them; and what an app would share.
pub fn codes(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let secret = FactorSecret::parse(SECRET).expect("a secret of ours");
    let at = |seconds| Timestamp::from_timestamp(seconds, 0).expect("a moment");
    if let Some(step) = secret.step_of(&text, at(NOW_S)) {
        assert!((NOW_S / STEP_S - step).abs() <= 1, "{text:?} is a code of step {step}");
        let read: String = text.chars().take(MAX_GIVEN_CHARS).filter(|c| !c.is_whitespace() && *c != '-').collect();
        assert!(read.len() == 6 && read.bytes().all(|byte| byte.is_ascii_digit()), "{text:?} is no code");
        assert_eq!(secret.step_of(&text, at(NOW_S + 4 * STEP_S)), None, "{text:?} is a code for ever");
    }
    if let Some(secret) = FactorSecret::parse(&text) {
        assert_eq!(FactorSecret::parse(&secret.expose()), Some(secret));
    }
    if let Some(code) = RecoveryCode::read(&text) {
        let spaced: String = text.chars().flat_map(|c| [c, '-']).collect();
        assert_eq!(RecoveryCode::read(&spaced), Some(code.clone()), "what stands between its letters says nothing");
        assert_eq!(code.hash().len(), 64);
    }
}

/// What a provider of plain OAuth 2.0 says of somebody, and its answers to codes. Only an address that it has checked is taken.
pub fn providers(bytes: &[u8]) {
    let [profile, tokens] = parts(bytes);
    if let Ok(claimed) = told("chat", "https://id.example.org", profile) {
        let subject = &claimed.key.subject;
        assert!(!subject.is_empty() && subject.len() <= 255 && !subject.chars().any(char::is_control), "{subject:?}");
        let profile = serde_json::from_slice::<Value>(profile).ok().filter(Value::is_object);
        if let (Some(email), Some(profile)) = (&claimed.email, profile) {
            assert_eq!(profile["verified"], true, "nobody has checked {email:?}");
        }
    }
    if let Ok(answer) = serde_json::from_slice::<BasicTokenResponse>(tokens) {
        let user_url = Url::parse("https://id.example.org/me").expect("an address");
        if let Ok(request) = question(&user_url, answer.access_token().secret()) {
            assert_eq!((request.headers().len(), request.uri().path()), (2, "/me"), "a token is one header's end");
        }
    }
    drop(serde_json::from_slice::<CoreTokenResponse>(tokens));
}
