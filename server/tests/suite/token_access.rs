//! What tokens let programs do: every route of the table in `access`, by tokens that may read, that may change, and that are worth nothing
//! any more, of members, editors and admins.

use std::collections::BTreeSet;

use axum::http::{HeaderValue, StatusCode, header};
use matinee_domain::{Role, TokenText};

use crate::{
    access::{self, Access, Line, is_refused},
    support::{Answer, Client, TestApp, post, token},
};

/// What a route of the API asks of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    /// Anybody may, with a token or without.
    Nothing,
    Read,
    Write,
    /// No token is enough.
    Session,
}

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    Nothing,
    /// Expired, revoked or made up.
    Worthless,
    Read,
    Write,
}

#[rustfmt::skip]
const API: &[(&str, &str, Asks)] = &[
    ("GET", "/api/v1/search", Asks::Nothing),
    ("GET", "/api/v1/describe", Asks::Nothing),
    ("GET", "/api/v1/movies/{id}", Asks::Nothing),
    ("GET", "/api/v1/movies/{id}/similar", Asks::Nothing),
    ("PUT", "/api/v1/movies/{id}/rating", Asks::Write),
    ("DELETE", "/api/v1/movies/{id}/rating", Asks::Write),
    ("PUT", "/api/v1/movies/{id}/marks/{mark}", Asks::Write),
    ("DELETE", "/api/v1/movies/{id}/marks/{mark}", Asks::Write),
    ("POST", "/api/v1/accounts", Asks::Nothing),
    ("POST", "/api/v1/session", Asks::Nothing),
    ("DELETE", "/api/v1/session", Asks::Nothing),
    ("GET", "/api/v1/me", Asks::Read),
    ("DELETE", "/api/v1/me", Asks::Session),
    ("GET", "/api/v1/me/ratings", Asks::Read),
    ("GET", "/api/v1/me/history", Asks::Read),
    ("DELETE", "/api/v1/me/history", Asks::Write),
    ("PUT", "/api/v1/me/history/setting", Asks::Write),
    ("GET", "/api/v1/me/changes", Asks::Read),
    ("POST", "/api/v1/me/changes/{id}/undo", Asks::Write),
    ("GET", "/api/v1/me/knobs", Asks::Read),
    ("PUT", "/api/v1/me/knobs", Asks::Write),
    ("GET", "/api/v1/recommendations", Asks::Read),
];

/// The answer to who may not; `None` for who may.
fn refusal(asks: Asks, shown: Shown) -> Option<StatusCode> {
    match (asks, shown) {
        (Asks::Nothing, _) | (Asks::Read, Shown::Read | Shown::Write) | (Asks::Write, Shown::Write) => None,
        (_, Shown::Nothing | Shown::Worthless) => Some(StatusCode::UNAUTHORIZED),
        (Asks::Write, Shown::Read) | (Asks::Session, _) => Some(StatusCode::FORBIDDEN),
    }
}

fn is_of_the_api(line: &Line) -> bool {
    line.1.starts_with("/api/v1/")
}

/// Sends what the line says with this token; cookies are those of a program that keeps what it is given.
async fn send(program: &Client<'_>, line: &Line, token: Option<&str>) -> Answer {
    let mut request = access::request(line);
    if let Some(token) = token {
        let bearer = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
    }
    program.request(request).await
}

const PEOPLE: [(&str, Role); 3] =
    [("mona-member", Role::Member), ("edda-editor", Role::Editor), ("adam-admin", Role::Admin)];

/// Who has a token, the token, and what it is.
type Held = (&'static str, Shown, String);

/// Tokens of all kinds of people: good ones of both scopes, and worthless ones that could change things once.
async fn tokens(app: &TestApp) -> Vec<Held> {
    let mut held = Vec::new();
    for (name, role) in PEOPLE {
        let browser = app.signed_in(name).await;
        if role > Role::Member {
            app.give_role(name, role).await;
        }
        held.push((name, Shown::Worthless, token(&browser, "write", "1").await));
    }
    app.clock.advance_days(2);
    for (name, _) in PEOPLE {
        let browser = app.sign_in(name).await;
        let revoked = token(&browser, "write", "30").await;
        let id = revoked.parse::<TokenText>().unwrap().id;
        let answer = post(&browser, &format!("/account/tokens/{id}/revoke"), &[]).await;
        assert_eq!(answer.header("location"), "/account/tokens?said=revoked", "{answer:?}");
        held.push((name, Shown::Worthless, revoked));
        let read = token(&browser, "read", "30").await;
        let secret = read.parse::<TokenText>().unwrap().secret().to_owned();
        held.push((name, Shown::Worthless, read.replace(&secret, &"0".repeat(secret.len()))));
        held.push((name, Shown::Read, read));
        held.push((name, Shown::Write, token(&browser, "write", "30").await));
    }
    held
}

/// Each person is who they were, with the tokens that they had, and nobody else is there.
async fn assert_nothing_came_of_it(app: &TestApp, held: &[Held]) {
    for (name, role) in PEOPLE {
        let export = app.sign_in(name).await.get("/account/data/matinee.json").await.json();
        assert_eq!((&export["account"]["name"], &export["role"]), (&name.into(), &role.as_str().into()));
        let expected = 1 + held.iter().filter(|(whose, shown, _)| *whose == name && *shown > Shown::Worthless).count();
        assert_eq!(export["tokens"].as_array().unwrap().len(), expected, "the expired one is listed, too: {export}");
    }
    for (_, shown, token) in held {
        let answer = send(&app.client(), &("GET", "/api/v1/me", Access::Member, ""), Some(token)).await;
        assert_eq!(answer.status == StatusCode::OK, *shown > Shown::Worthless, "{answer:?}");
    }
}

#[test]
fn what_every_route_of_the_api_asks_of_a_token_is_in_the_table() {
    let lines: BTreeSet<_> = API.iter().map(|(method, path, _)| (*method, *path)).collect();
    let routes: BTreeSet<_> = access::table().filter(|line| is_of_the_api(line)).map(|line| (line.0, line.1)).collect();
    let missing: Vec<_> = routes.difference(&lines).collect();
    let gone: Vec<_> = lines.difference(&routes).collect();
    assert!(missing.is_empty(), "say what these ask of a token, in server/tests/suite/token_access.rs: {missing:#?}");
    assert!(gone.is_empty(), "these are no routes any more: {gone:#?}");
    for (method, path, asks) in API {
        let line = access::table().find(|line| (line.0, line.1) == (*method, *path)).unwrap();
        assert_eq!(*asks == Asks::Nothing, line.2 == Access::Anyone, "{method} {path}");
        // Who may only read is refused by the method alone.
        assert!(*asks != Asks::Read || *method == "GET", "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_in_the_api_what_its_scope_says_whoever_made_it() {
    let app = TestApp::start_without_model().await;
    let held = tokens(&app).await;
    let mut wrong = Vec::new();
    for line in access::table().filter(|line| is_of_the_api(line)) {
        let (method, path, ..) = line;
        let asks = API.iter().find(|(m, p, _)| (m, p) == (method, path)).unwrap().2;
        let without = ("nobody", Shown::Nothing, None);
        let with = held.iter().map(|(name, shown, token)| (*name, *shown, Some(token.as_str())));
        for (name, shown, token) in std::iter::once(without).chain(with) {
            let program = app.client();
            let answer = send(&program, line, token).await;
            let is_right = match refusal(asks, shown) {
                Some(status) => answer.status == status,
                None => !is_refused(&answer) && !answer.status.is_server_error(),
            };
            if !is_right || program.cookie("matinee_session").is_some() {
                wrong.push(format!("{method} {path} for {shown:?} of {name}: {} {}", answer.status, answer.body));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_nothing_came_of_it(&app, &held).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_no_page_and_whoever_shows_one_there_is_a_visitor() {
    let app = TestApp::start_without_model().await;
    let held = tokens(&app).await;
    let mut wrong = Vec::new();
    for line in access::table().filter(|line| !is_of_the_api(line)) {
        let (method, path, needs, _) = line;
        let visitor = send(&app.client(), line, None).await;
        for (name, shown, token) in held.iter().filter(|(_, shown, _)| *shown > Shown::Worthless) {
            let program = app.client();
            let answer = send(&program, line, Some(token)).await;
            let is_right = is_refused(&answer) == (*needs > Access::Anyone)
                && (answer.status, answer.header("location")) == (visitor.status, visitor.header("location"))
                && !answer.body.contains(name)
                && program.cookie("matinee_session").is_none();
            if !is_right {
                wrong.push(format!("{method} {path} for {shown:?} of {name}: {}, {}", answer.status, visitor.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_nothing_came_of_it(&app, &held).await;
}
