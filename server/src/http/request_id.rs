//! A request's id: taken from the director in front if it looks like one, else made here; sent back, and in every log.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use matinee_services::provenance::Provenance;
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is believed.
const MAX_BYTES: usize = 64;

/// The id, in a request's extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub HeaderValue);

impl RequestId {
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// Gives the request its id.
pub async fn identify(mut request: Request, next: Next) -> Response {
    let given = request.headers().get(&HEADER).filter(|value| looks_like_an_id(value)).cloned();
    let id = RequestId(given.unwrap_or_else(|| {
        let made = Uuid::now_v7().simple().to_string();
        HeaderValue::from_str(&made).unwrap_or(HeaderValue::from_static("unknown"))
    }));
    request.extensions_mut().insert(id.clone());
    // What the request changes is journaled with its id.
    let provenance = Provenance { request_id: Some(id.as_str().to_owned()), ..Provenance::default() };
    let mut response = provenance.scope(next.run(request)).await;
    response.headers_mut().insert(HEADER, id.0);
    response
}

fn looks_like_an_id(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    (8..=MAX_BYTES).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
}
