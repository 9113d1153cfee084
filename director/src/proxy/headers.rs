//! The headers that an instance sees: what clients say of where they come from is dropped, what the director knows is set.

use http::{HeaderName, HeaderValue, header};
use pingora::{Result, http::RequestHeader};

use super::RequestContext;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// The header of a request's id, to instances and to clients.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// To instances: they look in the journal whether the request of this id was carried out, before they do.
const SENT_AGAIN: HeaderName = HeaderName::from_static("x-sent-again");

/// Headers that only a proxy may set; a client's own are lies.
static NOT_A_CLIENTS: [HeaderName; 16] = [
    FORWARDED_FOR,
    FORWARDED_HOST,
    FORWARDED_PROTO,
    REQUEST_ID,
    SENT_AGAIN,
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-prefix"),
    HeaderName::from_static("x-forwarded-server"),
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("x-client-ip"),
    HeaderName::from_static("x-cluster-client-ip"),
    HeaderName::from_static("true-client-ip"),
    HeaderName::from_static("x-original-url"),
    HeaderName::from_static("x-rewrite-url"),
    HeaderName::from_static("proxy"),
];

/// Makes the headers of a request those that an instance may trust.
///
/// # Errors
/// Never for what was parsed; the type is pingora's.
pub fn clean(request: &mut RequestHeader, ctx: &RequestContext) -> Result<()> {
    for name in &NOT_A_CLIENTS {
        if request.headers.contains_key(name) {
            request.remove_header(name);
        }
    }
    join_cookies(request)?;
    if let Some(client) = ctx.client {
        request.insert_header(FORWARDED_FOR, client.to_string())?;
    }
    request.insert_header(FORWARDED_PROTO, HeaderValue::from_static(if ctx.is_tls { "https" } else { "http" }))?;
    if let Some(host) = request.headers.get(header::HOST).cloned() {
        request.insert_header(FORWARDED_HOST, host)?;
    }
    if ctx.may_be_done {
        request.insert_header(SENT_AGAIN, HeaderValue::from_static("1"))?;
    }
    request.insert_header(REQUEST_ID, ctx.id.as_str())
}

/// HTTP/2 may send cookies one by one; for HTTP/1.1 they are one line again (RFC 9113, 8.2.3).
fn join_cookies(request: &mut RequestHeader) -> Result<()> {
    if request.headers.get_all(header::COOKIE).iter().nth(1).is_none() {
        return Ok(());
    }
    let lines: Vec<&[u8]> = request.headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    let joined = lines.join(&b"; "[..]);
    request.remove_header(&header::COOKIE);
    request.insert_header(header::COOKIE, joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_claims_is_replaced_by_what_is_known() {
        let mut request = RequestHeader::build("GET", b"/", None).unwrap();
        for name in &NOT_A_CLIENTS {
            request.append_header(name, "1.2.3.4").unwrap();
            request.append_header(name, "6.6.6.6").unwrap();
        }
        request.insert_header("host", "films.example.org").unwrap();
        let ctx = RequestContext { client: Some([192, 0, 2, 7].into()), ..RequestContext::default() };
        clean(&mut request, &ctx).unwrap();
        let get = |name: &str| {
            let all: Vec<_> = request.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
            all.join("|")
        };
        assert_eq!(get("x-forwarded-for"), "192.0.2.7");
        assert_eq!(get("x-forwarded-proto"), "http");
        assert_eq!(get("x-forwarded-host"), "films.example.org");
        assert_eq!(get("x-request-id"), ctx.id);
        for name in ["x-sent-again", "forwarded", "x-real-ip", "x-original-url", "proxy", "true-client-ip"] {
            assert_eq!(get(name), "");
        }
    }

    #[test]
    fn cookies_sent_one_by_one_become_one_line() {
        let mut request = RequestHeader::build("GET", b"/", None).unwrap();
        request.append_header("cookie", "a=1").unwrap();
        request.append_header("cookie", "b=2").unwrap();
        clean(&mut request, &RequestContext::default()).unwrap();
        let all: Vec<_> = request.headers.get_all("cookie").iter().collect();
        assert_eq!(all, ["a=1; b=2"]);
    }
}
