//! One guard against forged requests for every state change, whatever handles it.
//!
//! A browser says where a request comes from: `Sec-Fetch-Site`, or `Origin` where that is missing. What comes from
//! elsewhere is refused. Programs that are no browsers send neither header, and carry no cookie of somebody else.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use matinee_services::security_log;

use super::{problem::Problem, telemetry::route_of};

/// The origin people reach this instance by, if one is configured; else the request's own `Host` is believed.
#[derive(Clone, Debug, Default)]
pub struct OwnOrigin(pub Option<Arc<str>>);

/// Refuses state changes that come from another site.
pub async fn same_origin_only(State(own): State<OwnOrigin>, request: Request, next: Next) -> Response {
    let reads_only = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE);
    if reads_only || comes_from_here(request.headers(), &own) {
        return next.run(request).await;
    }
    security_log::request_refused("other_site", route_of(&request));
    Problem::forbidden("this request came from another site; open Matinee itself and try again").into_response()
}

fn comes_from_here(headers: &HeaderMap, own: &OwnOrigin) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    match (text("sec-fetch-site"), text("origin")) {
        (None | Some("same-origin" | "none"), None) => true,
        (None | Some("same-origin" | "none"), Some(origin)) => is_own(origin, headers, own),
        (Some(_), _) => false,
    }
}

fn is_own(origin: &str, headers: &HeaderMap, own: &OwnOrigin) -> bool {
    if own.0.as_deref() == Some(origin) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    authority.is_some() && authority == host
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn comes(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs
            .iter()
            .chain(&[("host", "films.example.org")])
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        comes_from_here(&headers, &OwnOrigin::default())
    }

    #[test]
    fn only_this_site_and_programs_change_anything() {
        assert!(comes(&[]));
        assert!(comes(&[("sec-fetch-site", "same-origin"), ("origin", "https://films.example.org")]));
        assert!(comes(&[("origin", "https://films.example.org")]));
        assert!(!comes(&[("sec-fetch-site", "cross-site")]));
        assert!(!comes(&[("sec-fetch-site", "same-site"), ("origin", "https://films.example.org")]));
        assert!(!comes(&[("origin", "https://evil.example")]));
        assert!(!comes(&[("origin", "null")]));
        assert!(!comes(&[("sec-fetch-site", "none"), ("origin", "https://evil.example")]));
    }
}
