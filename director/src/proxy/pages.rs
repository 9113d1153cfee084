//! The director's own answers: a page for people, a problem document for programs.

use bytes::Bytes;
use http::{
    StatusCode, Uri, header,
    uri::{Authority, PathAndQuery},
};
use pingora::{
    Result,
    http::{RequestHeader, ResponseHeader},
    proxy::Session,
};
use serde_json::json;

use super::{RequestContext, refusals::Refusal};

/// When to come back, in seconds.
const RETRY_AFTER: u32 = 5;
/// The page, whole in itself: nothing else can be fetched when nobody is there.
const PAGE: &str = include_str!("page.html");

/// The words of a page.
struct Words {
    lang: &'static str,
    title: &'static str,
    text: &'static str,
    again: &'static str,
    /// To whoever sent a form.
    sent: &'static str,
    back: &'static str,
    id: &'static str,
}

const ENGLISH: Words = Words {
    lang: "en",
    title: "The projector is warming up",
    text: "Matinee can't be reached right now. Nothing of yours is lost. The page tries again by itself in a few seconds.",
    again: "Try again",
    sent: "Matinee can't be reached right now. What you just sent may not have arrived: go back, see whether it is done, and send it again if it is not.",
    back: "Go back",
    id: "Request",
};

const GERMAN: Words = Words {
    lang: "de",
    title: "Der Projektor wird gerade warm",
    text: "Matinee ist im Moment nicht zu erreichen. Von dir ist nichts verloren. Die Seite versucht es in wenigen Sekunden von selbst noch einmal.",
    again: "Noch einmal versuchen",
    sent: "Matinee ist im Moment nicht zu erreichen. Was du gerade abgeschickt hast, ist vielleicht nicht angekommen: Geh zurück, sieh nach, ob es getan ist, und schick es noch einmal, wenn nicht.",
    back: "Zurück",
    id: "Anfrage",
};

/// Says no.
pub async fn refuse(session: &mut Session, ctx: &RequestContext, refusal: Refusal) -> Result<()> {
    let body = problem(refusal.status, refusal.detail, ctx);
    send(session, ctx, refusal.status, "application/problem+json", body.into(), &[]).await
}

/// Sends the way to HTTPS.
pub async fn to_https(session: &mut Session, ctx: &RequestContext, port: &str) -> Result<()> {
    let request = session.req_header();
    let host = request.headers.get(header::HOST).and_then(|host| host.to_str().ok()).or(request.uri.host());
    let Some(authority) = host.and_then(|host| host.parse::<Authority>().ok()) else {
        let detail = "The request names no host.";
        return refuse(session, ctx, Refusal { status: StatusCode::BAD_REQUEST, reason: "host", detail }).await;
    };
    let port = if port == "443" { String::new() } else { format!(":{port}") };
    let path = request.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let location = format!("https://{}{port}{path}", authority.host());
    let extra = [(header::LOCATION, location)];
    send(session, ctx, StatusCode::PERMANENT_REDIRECT, "text/plain; charset=utf-8", Bytes::new(), &extra).await
}

/// Says that a request could not be answered.
pub async fn fail(session: &mut Session, ctx: &RequestContext, status: StatusCode) -> Result<()> {
    let text = |name| session.req_header().headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wants_page = status.is_server_error()
        && !session.req_header().uri.path().starts_with("/api/")
        && text(header::ACCEPT).contains("text/html");
    let (kind, body) = if wants_page {
        let words = if prefers_german(text(header::ACCEPT_LANGUAGE)) { &GERMAN } else { &ENGLISH };
        ("text/html; charset=utf-8", page(status, words, &Way::of(session.req_header()), ctx))
    } else {
        let detail = match status.as_u16() {
            408 => "The request came too slowly.",
            413 => "What was sent is too large.",
            400..=499 => "The request can't be understood.",
            _ => "Matinee can't be reached right now; try again in a few seconds.",
        };
        ("application/problem+json", problem(status, detail, ctx))
    };
    let retry = [(header::RETRY_AFTER, RETRY_AFTER.to_string())];
    let extra = if status.is_server_error() { &retry[..] } else { &[] };
    send(session, ctx, status, kind, body.into(), extra).await
}

async fn send(
    session: &mut Session,
    ctx: &RequestContext,
    status: StatusCode,
    kind: &str,
    body: Bytes,
    extra: &[(header::HeaderName, String)],
) -> Result<()> {
    let mut answer = ResponseHeader::build(status, Some(6 + extra.len()))?;
    answer.insert_header(header::CONTENT_TYPE, kind)?;
    answer.insert_header(header::CONTENT_LENGTH, body.len())?;
    answer.insert_header(header::CACHE_CONTROL, "no-store")?;
    answer.insert_header("x-content-type-options", "nosniff")?;
    answer.insert_header("x-request-id", ctx.id.as_str())?;
    for (name, value) in extra {
        answer.insert_header(name, value.as_str())?;
    }
    let without_body = body.is_empty() || session.req_header().method == http::Method::HEAD;
    session.write_response_header(Box::new(answer), without_body).await?;
    if without_body { Ok(()) } else { session.write_response_body(Some(body), true).await }
}

fn problem(status: StatusCode, detail: &str, ctx: &RequestContext) -> String {
    let title = status.canonical_reason().unwrap_or_default();
    let problem = json!({
        "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail, "request_id": ctx.id,
    });
    format!("{problem}\n")
}

/// Where a page leads that could not be answered.
enum Way {
    /// It is asked for again.
    Again,
    /// A form may have done what it was sent for: back to the page that it was on.
    Back(String),
}

impl Way {
    fn of(request: &RequestHeader) -> Self {
        if request.method.is_safe() {
            return Self::Again;
        }
        let text = |name| request.headers.get(name).and_then(|value| value.to_str().ok());
        let host = text(header::HOST).or(request.uri.authority().map(Authority::as_str));
        let from = text(header::REFERER).and_then(|from| from.parse::<Uri>().ok());
        let own = from.filter(|from| from.authority().map(Authority::as_str) == host);
        let path = own.as_ref().and_then(Uri::path_and_query).map_or("/", PathAndQuery::as_str);
        // Two slashes would begin another host.
        Self::Back(if path.starts_with("//") { "/" } else { path }.to_owned())
    }
}

fn page(status: StatusCode, words: &Words, way: &Way, ctx: &RequestContext) -> String {
    let (refresh, text, way, where_to) = match way {
        Way::Again => {
            let refresh = format!("<meta http-equiv=\"refresh\" content=\"{RETRY_AFTER}\">\n");
            (refresh, words.text, words.again, String::new())
        }
        Way::Back(path) => (String::new(), words.sent, words.back, escaped(path)),
    };
    let parts = [
        ("{lang}", words.lang),
        ("{refresh}", &refresh),
        ("{code}", status.as_str()),
        ("{title}", words.title),
        ("{text}", text),
        ("{again}", way),
        ("{request}", words.id),
        ("{id}", &ctx.id),
        // The last one: it comes from outside.
        ("{where}", &where_to),
    ];
    parts.iter().fold(PAGE.to_owned(), |page, (name, value)| page.replace(name, value))
}

/// Text as it stands in an attribute.
fn escaped(text: &str) -> String {
    [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&#39;")]
        .iter()
        .fold(text.to_owned(), |text, (sign, name)| text.replace(*sign, name))
}

/// Whether German stands before English among the wanted languages.
fn prefers_german(wanted: &str) -> bool {
    wanted
        .split(',')
        .map(str::trim)
        .find(|tag| tag.starts_with("de") || tag.starts_with("en"))
        .is_some_and(|tag| tag.starts_with("de"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_whole_in_itself_and_in_the_readers_language() {
        let ctx = RequestContext::default();
        for (wanted, words) in [("de-DE,de;q=0.9,en;q=0.8", &GERMAN), ("en,de", &ENGLISH), ("", &ENGLISH)] {
            let chosen = if prefers_german(wanted) { &GERMAN } else { &ENGLISH };
            let page = page(StatusCode::SERVICE_UNAVAILABLE, chosen, &Way::Again, &ctx);
            assert!(page.contains(words.title) && page.contains("503") && page.contains(&ctx.id), "{page}");
            assert!(!page.contains("{title}") && !page.contains("src=") && !page.contains("http://"), "{page}");
        }
    }
}
