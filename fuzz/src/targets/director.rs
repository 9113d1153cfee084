//! What the director reads of a request before an instance does, and what operators write for it.

use std::fs;

use http::{HeaderMap, HeaderValue, header::COOKIE};
use matinee_director::{
    config,
    proxy::{is_framed_clearly, is_under, session_key},
    upstreams::source,
};
use tempfile::TempDir;

const HIDDEN: &str = "/metrics";

/// A request's head, a path and cookies: each of them is the same bytes.
pub fn requests(bytes: &[u8]) {
    if is_framed_clearly(bytes) {
        assert_one_end(bytes);
    }
    let path = format!("/{}", String::from_utf8_lossy(bytes));
    let is_hidden = is_under(&path, HIDDEN);
    for again in [format!("/{path}"), format!("/.{path}"), format!("/%2e/{path}")] {
        assert_eq!(is_under(&again, HIDDEN), is_hidden, "{again:?} beside {path:?}");
    }
    assert!(is_under(&format!("{HIDDEN}{path}"), HIDDEN), "{path:?}");
    if !path.contains('%') {
        let signs = path.bytes().map(|byte| if byte == b'/' { "/".to_owned() } else { format!("%{byte:02x}") });
        assert_eq!(is_under(&signs.collect::<String>(), HIDDEN), is_hidden, "{path:?} in percent signs");
    }
    if let Ok(cookies) = HeaderValue::from_bytes(bytes) {
        let headers = HeaderMap::from_iter([(COOKIE, cookies)]);
        if let Some(key) = session_key(&headers, &["matinee_session".to_owned()]) {
            assert!(!key.is_empty() && !key.contains(&b';'), "{key:?} is more than a cookie's value");
        }
    }
}

/// Read by a server that takes whatever ends a line for its end, the head says once at most where the body ends.
fn assert_one_end(head: &[u8]) {
    let mut ends = 0;
    let lines = head.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|line| !line.is_empty());
    for line in lines.skip(1) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.is_empty() || name.iter().any(u8::is_ascii_whitespace) {
            // The parser refuses it.
            return;
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            ends += 1;
            assert!(!value.is_empty() && value.iter().all(u8::is_ascii_digit), "{:?}", head.escape_ascii().to_string());
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            ends += 1;
            assert!(value.eq_ignore_ascii_case(b"chunked"), "{:?}", head.escape_ascii().to_string());
        }
    }
    assert!(ends <= 1, "{:?} ends in {ends} ways", head.escape_ascii().to_string());
}

/// The director's configuration, and its list of instances.
pub fn settings(bytes: &[u8]) {
    let folder = TempDir::new().expect("a folder for temporary files");
    let path = folder.path().join("director.toml");
    fs::write(&path, bytes).expect("temporary files can be written");
    if let Ok(config) = config::load(Some(&path)) {
        assert!(config::check(&config).is_ok(), "what was taken is refused: {config:?}");
    }
    for listed in source::read(&path).unwrap_or_default() {
        assert!((1..=100).contains(&listed.weight), "{listed:?}");
    }
}
