//! Requests that never reach an instance: too large, not for the public, or ambiguous about where they end.
//!
//! Pingora's parser refuses what is no HTTP at all (with 400). What two parsers could read in two ways (RFC 9112,
//! 11.2: request smuggling) is refused here, even where the RFC would let a proxy mend it.

use http::{Method, StatusCode, header};
use pingora::proxy::Session;

use crate::config::LimitsConfig;

/// Why a request is not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: StatusCode,
    /// A word for the measurements.
    pub reason: &'static str,
    /// A sentence for whoever sent it.
    pub detail: &'static str,
}

const fn refusal(status: StatusCode, reason: &'static str, detail: &'static str) -> Refusal {
    Refusal { status, reason, detail }
}

/// Whether this request is refused.
pub fn check(session: &Session, limits: &LimitsConfig) -> Option<Refusal> {
    let request = session.req_header();
    if let Some(http1) = session.as_downstream().as_http1() {
        let raw = http1.get_headers_raw_bytes();
        if raw.len() > limits.header_bytes {
            return Some(refusal(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "header_bytes",
                "The request's headers are too large. Clear this site's cookies and try again.",
            ));
        }
        if !is_framed_clearly(&raw) {
            return Some(refusal(StatusCode::BAD_REQUEST, "framing", "It is not clear where this request ends."));
        }
    } else if header_bytes(session) > limits.header_bytes {
        return Some(refusal(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "header_bytes",
            "The request's headers are too large. Clear this site's cookies and try again.",
        ));
    }
    if matches!(request.method, Method::TRACE | Method::CONNECT) {
        return Some(refusal(StatusCode::METHOD_NOT_ALLOWED, "method", "This method is not answered here."));
    }
    let path = request.uri.path();
    if limits.hidden_paths.iter().any(|hidden| is_under(path, hidden)) {
        return Some(refusal(StatusCode::NOT_FOUND, "hidden_path", "There is nothing here."));
    }
    let length =
        request.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limits.body_bytes) {
        return Some(refusal(StatusCode::PAYLOAD_TOO_LARGE, "body_bytes", "What was sent is too large."));
    }
    None
}

/// `/metrics` hides itself and `/metrics/…`, however the path is written: `//metrics` and `/./metrics` are it, too.
pub fn is_under(path: &str, hidden: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').map(decoded).filter(|part| !matches!(part.as_str(), "" | ".")).collect()
    };
    let (path, hidden) = (parts(path), parts(hidden));
    !hidden.is_empty() && path.starts_with(&hidden)
}

/// A part of a path with its percent signs read.
fn decoded(part: &str) -> String {
    let mut bytes = part.as_bytes().iter();
    let mut all = Vec::with_capacity(part.len());
    while let Some(&byte) = bytes.next() {
        let rest = bytes.as_slice();
        let hex = rest.get(..2).and_then(|two| std::str::from_utf8(two).ok()).filter(|_| byte == b'%');
        match hex.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(value) => {
                all.push(value);
                bytes.nth(1);
            }
            None => all.push(byte),
        }
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// The size of HTTP/2's headers, as HTTP/1.1 would have written them.
fn header_bytes(session: &Session) -> usize {
    let request = session.req_header();
    let fields: usize = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    fields + request.raw_path().len()
}

/// Whether a head (request line and headers) of HTTP/1.1 says in one way only where it and its body end: lines end with
/// CR LF, there is at most one `Content-Length` and only digits in it, and not beside a `Transfer-Encoding`, which is
/// `chunked` and nothing else.
pub fn is_framed_clearly(raw: &[u8]) -> bool {
    let (mut lengths, mut encodings, mut hosts) = (0, 0, 0);
    let mut lines = raw.split(|byte| *byte == b'\n').peekable();
    lines.next_if(|first| first.strip_suffix(b"\r").is_some_and(|line| !line.contains(&b'\r')));
    while let Some(line) = lines.next() {
        if lines.peek().is_none() {
            // After the last line feed.
            return line.is_empty() && lengths + encodings <= 1 && hosts <= 1;
        }
        let Some(line) = line.strip_suffix(b"\r") else { return false };
        if line.iter().any(|byte| matches!(byte, b'\r' | 0)) || line.first().is_some_and(u8::is_ascii_whitespace) {
            return false;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            lengths += 1;
            if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
                return false;
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            encodings += 1;
            if !value.eq_ignore_ascii_case(b"chunked") {
                return false;
            }
        } else if name.eq_ignore_ascii_case(b"host") {
            hosts += 1;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clear(head: &str) -> bool {
        is_framed_clearly(format!("POST / HTTP/1.1\r\nHost: a\r\n{head}\r\n").as_bytes())
    }

    #[test]
    fn plain_requests_are_clear() {
        for head in
            ["", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Cookie: a=b; c=d\r\nAccept: */*\r\n"]
        {
            assert!(clear(head), "{head:?}");
        }
    }

    #[test]
    fn whatever_could_be_read_in_two_ways_is_not() {
        for head in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: 5, 5\r\n",
            "Content-Length: +5\r\n",
            "Content-Length: 0x5\r\n",
            "Content-Length:\r\n",
            "Transfer-Encoding: chunked, identity\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "A: b\r\n folded\r\n",
            "A: b\nContent-Length: 5\r\n",
            "A: b\r\rContent-Length: 5\r\n",
            "Host: b\r\n",
        ] {
            assert!(!clear(head), "{head:?}");
        }
        assert!(!is_framed_clearly(b"POST /\rContent-Length: 5\r\nHost: a\r\n\r\n"), "a line within the first one");
    }

    #[test]
    fn a_hidden_path_is_hidden_however_it_is_written() {
        for path in ["/metrics", "/metrics/", "//metrics", "/./metrics", "/%6detrics", "/%2e/metrics", "/metrics/x"] {
            assert!(is_under(path, "/metrics"), "{path}");
        }
        for path in ["/", "/metricsandmore", "/film/metrics", "/%zzmetrics"] {
            assert!(!is_under(path, "/metrics"), "{path}");
        }
    }
}
