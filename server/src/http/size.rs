//! How large the head of a request may be; bodies have layers of their own, for one page takes files.

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::problem::Problem;

/// The limits.
#[derive(Clone, Copy, Debug)]
pub struct HeadLimits {
    pub address_bytes: usize,
    pub headers_bytes: usize,
}

/// Refuses heads that are too large.
pub async fn limit(State(limits): State<HeadLimits>, request: Request, next: Next) -> Response {
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if address > limits.address_bytes {
        let detail = format!("an address has {} bytes at most", limits.address_bytes);
        return Problem::new(StatusCode::URI_TOO_LONG, "address-too-long", "The address is too long", detail)
            .into_response();
    }
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers > limits.headers_bytes {
        let detail = format!("headers have {} bytes at most, all together", limits.headers_bytes);
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Problem::new(status, "headers-too-large", "The headers are too large", detail).into_response();
    }
    next.run(request).await
}
