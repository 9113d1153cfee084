//! The duty of a second step, held to in one place before every handler: who signed in by one factor where the operator asks for two comes
//! no further than [`REACH`] says. A route that is not in it is refused, so a new one is guarded before anybody thinks of it.
//!
//! Tokens of programs carry no session: `Services::check_token` asks the same of them.

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use matinee_app::{
    AppError,
    session::{AsVisitor, SECOND_STEP_PAGE, strength_of, user_of},
};
use matinee_domain::UserId;
use matinee_services::{
    ServiceError, Services,
    duty::{AskedOf, Standing},
    security_log,
};
use tower_sessions::Session;

use super::{
    problem::{Problem, wants_page},
    telemetry::route_of,
};
use crate::{pages::draw_status, state::AppState};

/// How somebody who has not given two factors may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// As who they are: signing in and out, and what the site is.
    Always,
    /// As a visitor.
    AsVisitor,
    /// As who they are, where they have no second factor yet: setting one up, taking their data along, leaving.
    WithoutFactor,
}

use Reach::{Always, AsVisitor as Visitor, WithoutFactor};

/// What is not here is for those who have given two factors.
#[rustfmt::skip]
const REACH: &[(&str, &str, Reach)] = &[
    ("GET", "/account/second-step", Always),
    ("GET", "/privacy", Always),
    ("GET", "/offline", Always),
    ("GET", "/register", Always),
    ("GET", "/account/confirm", Always),
    ("POST", "/account/confirm", Always),
    ("POST", "/api/ui/register", Always),
    ("POST", "/api/ui/sign-in", Always),
    ("POST", "/api/ui/sign-out", Always),
    ("POST", "/api/ui/language", Always),
    ("POST", "/api/ui/theme", Always),
    ("GET", "/api/ui/door", Always),
    ("GET", "/api/ui/viewer", Always),
    ("GET", "/api/openapi.json", Always),
    ("POST", "/api/v1/accounts", Always),
    ("POST", "/api/v1/session", Always),
    ("DELETE", "/api/v1/session", Always),
    ("GET", "/", Visitor),
    ("GET", "/search", Visitor),
    ("GET", "/film/{id}", Visitor),
    ("GET", "/film/{id}/{slug}", Visitor),
    ("GET", "/describe", Visitor),
    ("GET", "/describe/here", Visitor),
    ("GET", "/api/ui/home", Visitor),
    ("GET", "/api/ui/film", Visitor),
    ("GET", "/api/ui/search", Visitor),
    ("GET", "/api/ui/suggest", Visitor),
    ("GET", "/api/v1/search", Visitor),
    ("GET", "/api/v1/describe", Visitor),
    ("GET", "/api/v1/movies/{id}", Visitor),
    ("GET", "/api/v1/movies/{id}/similar", Visitor),
    ("GET", "/account", WithoutFactor),
    ("GET", "/api/ui/account", WithoutFactor),
    ("POST", "/api/ui/delete-account", WithoutFactor),
    ("DELETE", "/api/v1/me", WithoutFactor),
    ("GET", "/account/data", WithoutFactor),
    ("GET", "/account/data/matinee.json", WithoutFactor),
    ("GET", "/account/data/letterboxd.csv", WithoutFactor),
    ("GET", "/account/security", WithoutFactor),
    ("POST", "/account/security/delete", WithoutFactor),
    // A second step needs a password, which those who came by a provider have not; there is a present one to be given otherwise.
    ("POST", "/account/security/password", WithoutFactor),
    ("GET", "/account/security/factor", WithoutFactor),
    ("POST", "/account/security/factor", WithoutFactor),
    ("POST", "/account/security/factor/begin", WithoutFactor),
    ("POST", "/account/security/passkeys", WithoutFactor),
    ("POST", "/account/security/passkeys/begin", WithoutFactor),
];

/// Ways to sign in, all of which are for everybody.
const SIGN_IN: &str = "/sign-in";
/// No route. The app's own router is less strict than the server's (a slash at the end), so its page of what is not there may be one that is.
const NOTHING: [&str; 2] = ["unmatched", "/api/{*rest}"];

fn reach_of(method: &Method, route: &str) -> Option<Reach> {
    let is_sign_in = route.strip_prefix(SIGN_IN).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if is_sign_in {
        return Some(Always);
    }
    if NOTHING.contains(&route) {
        return Some(Visitor);
    }
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    REACH.iter().find(|(known, path, _)| *known == method && *path == route).map(|(.., reach)| *reach)
}

/// Refuses what somebody may not do yet, and shows them what everybody may see.
pub async fn hold(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let session = request.extensions().get::<Session>().cloned();
    let Some(session) = session.filter(|_| state.services.duty.asked_of != AskedOf::Choice) else {
        return next.run(request).await;
    };
    let reach = reach_of(request.method(), route_of(&request));
    match (standing(&session, &state.services).await, reach) {
        (Ok((_, Standing::Free)), _) | (_, Some(Always)) | (Ok((_, Standing::SetUp)), Some(WithoutFactor)) => {
            next.run(request).await
        }
        (_, Some(Visitor)) => {
            request.extensions_mut().insert(AsVisitor);
            next.run(request).await
        }
        (Ok((user, _)), _) => {
            security_log::access_refused(user, "second_step");
            refused(&request)
        }
        // Where it can't be found out, nobody gets further than a visitor.
        (Err(_), _) if is_api(&request) => {
            Problem::unavailable("it can't be found out now who you are").into_response()
        }
        (Err(_), _) => draw_status(state, request, StatusCode::SERVICE_UNAVAILABLE).await,
    }
}

/// Who asks, and how far they come; a visitor as far as any.
async fn standing(session: &Session, services: &Services) -> Result<(Option<UserId>, Standing), AppError> {
    let Some(user) = user_of(session).await? else { return Ok((None, Standing::Free)) };
    let strength = strength_of(session).await?;
    let standing = services.standing(user, strength).await.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "whether somebody has a second step was not found out"
        );
        AppError::Unavailable
    })?;
    Ok((Some(user), standing))
}

fn is_api(request: &Request) -> bool {
    request.uri().path().starts_with("/api/")
}

/// An error for programs; browsers are led to the page that says what to do, the hydrated app by itself.
fn refused(request: &Request) -> Response {
    let path = request.uri().path();
    let mut response = if path.starts_with("/api/ui/") && !wants_page(request.headers()) {
        let place = [(header::LOCATION, HeaderValue::from_static(SECOND_STEP_PAGE))];
        (StatusCode::FORBIDDEN, place, Json(AppError::SignInNeeded)).into_response()
    } else if is_api(request) && !path.starts_with("/api/ui/") {
        Problem::from(ServiceError::SecondStepNeeded).into_response()
    } else {
        Redirect::to(SECOND_STEP_PAGE).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_table_is_refused() {
        assert_eq!(reach_of(&Method::POST, "/account/tokens"), None);
        assert_eq!(reach_of(&Method::POST, "/account"), None);
        assert_eq!(reach_of(&Method::GET, "/sign-insane"), None);
        assert_eq!(reach_of(&Method::GET, "/made/tomorrow"), None);
        assert_eq!(reach_of(&Method::GET, "unmatched"), Some(Visitor));
        assert_eq!(reach_of(&Method::HEAD, "/film/{id}"), Some(Visitor));
        assert_eq!(reach_of(&Method::POST, "/sign-in/code"), Some(Always));
    }
}
