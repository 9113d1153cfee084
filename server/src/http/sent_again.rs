//! Forms that the director sends again, for the instance that had them first broke off: were they carried out?
//!
//! The director keeps a request's id, and what a request changes is journaled with its id in the transaction that changes it
//! (`docs/operations/history.md`). So whoever gets a form again looks there first, and carries it out only where nothing is found. An
//! instance that was cut off and lives may still be at work on it: then it may be done twice.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::Url;

use super::{
    problem::{Problem, wants_page},
    request_id::RequestId,
};
use crate::{
    pages::{Refusal, draw_arrived},
    state::AppState,
};

/// What the director adds where a form may have been carried out already; nobody else's is let through.
const HEADER: HeaderName = HeaderName::from_static("x-sent-again");

/// Answers a form that was carried out by saying so.
pub async fn look_first(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().filter(|_| request.headers().contains_key(&HEADER)).cloned();
    let Some(id) = id.filter(|_| *request.method() == Method::POST) else { return next.run(request).await };
    let was_carried_out = match state.services.was_carried_out(id.as_str()).await {
        Ok(was_carried_out) => was_carried_out,
        Err(error) if wants_page(request.headers()) => return Refusal::from(error).draw(state, request).await,
        Err(error) => return Problem::from(error).into_response(),
    };
    if !was_carried_out {
        next.run(request).await
    } else if wants_page(request.headers()) {
        let back = came_from(request.headers());
        draw_arrived(state, request, back).await
    } else {
        let detail =
            "an earlier attempt at this request was carried out, but its answer was lost; look how it stands now";
        Problem::new(StatusCode::CONFLICT, "carried-out", "This was done already", detail).into_response()
    }
}

/// The page of this site that the form was on.
fn came_from(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let page = text(header::REFERER).and_then(|page| Url::parse(page).ok());
    let host = text(header::HOST);
    let own = page.filter(|page| Some(page.authority()) == host && !page.path().starts_with("//"));
    own.map_or_else(|| "/".to_owned(), |page| page[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_never_leads_elsewhere() {
        for (referer, back) in [
            ("https://films.test/account/tokens?new", "/account/tokens?new"),
            ("https://films.test:8443/account", "/"),
            ("https://elsewhere.test/account", "/"),
            ("https://films.test//elsewhere.test", "/"),
            ("javascript:alert(1)", "/"),
            ("nonsense", "/"),
        ] {
            let headers = [(header::HOST, "films.test"), (header::REFERER, referer)];
            let headers = headers.into_iter().map(|(name, value)| (name, value.parse().unwrap())).collect();
            assert_eq!(came_from(&headers), back, "{referer}");
        }
    }
}
