//! What people and browsers send about accounts.

use http::{HeaderMap, HeaderValue, header::REFERER};
use matinee_app::viewer::local_path;
use matinee_domain::{Email, NewAccount, PersonName};
use matinee_server::oauth::back_of_referer;
use matinee_services::passkeys::{NewPasskeyAnswer, PasskeyAnswer};

/// A device's answers, as the page's script sends them.
pub fn passkeys(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(answer) = NewPasskeyAnswer::read(&text) {
        drop(answer.challenge());
    }
    if let Ok(answer) = PasskeyAnswer::read(&text) {
        drop(answer.challenge());
    }
}

/// What is sent to register.
pub fn fields(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(email) = Email::parse(&text) {
        assert!(email.as_str().len() <= Email::MAX_BYTES, "{email:?}");
        assert_eq!(Email::parse(email.as_str()).as_ref(), Ok(&email), "what was taken is taken again as it is");
    }
    if let Ok(name) = PersonName::parse(&text) {
        assert!(!name.as_str().chars().any(char::is_control), "{name:?}");
    }
    if let Ok(account) = serde_json::from_slice::<NewAccount>(bytes) {
        drop(account.check());
    }
}

/// Where somebody is to go on to, by a parameter or by the page that they come from: never to another site.
pub fn addresses(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert_is_local(local_path(&text));
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        let back = back_of_referer(&HeaderMap::from_iter([(REFERER, value)]));
        assert_is_local(local_path(&back));
    }
}

fn assert_is_local(path: &str) {
    let second = path.as_bytes().get(1);
    assert!(path.starts_with('/') && !matches!(second, Some(b'/' | b'\\')), "{path:?} leads to another site");
    assert!(HeaderValue::from_str(path).is_ok(), "{path:?} can't be a header");
}
