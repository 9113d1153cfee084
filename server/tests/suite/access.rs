//! Who may do what: every route of the router, by method, for visitors, members, editors and admins.
//!
//! The routes are asked of the router itself, so one that is in no line of the table fails the test.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use matinee_domain::Role;

use crate::support::{Answer, Client, ORIGIN, TestApp};

/// Who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    Anyone,
    Member,
    Editor,
    Admin,
}

use Access::{Admin, Anyone, Editor, Member};

/// Method, path as the router has it, who is let in, and a body that is read far enough to ask who sent it.
pub type Line = (&'static str, &'static str, Access, &'static str);

/// A film or a person whom nobody has.
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

#[rustfmt::skip]
const PAGES: &[Line] = &[
    ("GET", "/", Anyone, ""),
    ("GET", "/search", Anyone, ""),
    ("GET", "/film/{id}", Anyone, ""),
    ("GET", "/film/{id}/{slug}", Anyone, ""),
    ("GET", "/sign-in", Anyone, ""),
    ("GET", "/register", Anyone, ""),
    ("GET", "/ratings", Member, ""),
    ("GET", "/account", Member, ""),
    ("GET", "/offline", Anyone, ""),
    ("GET", "/describe", Anyone, ""),
    ("GET", "/describe/here", Anyone, ""),
    ("GET", "/tune", Member, ""),
    ("POST", "/tune", Member, "popularity=0"),
    ("GET", "/evening", Member, ""),
    ("POST", "/evening", Member, ""),
    ("GET", "/evening/join/{link}", Member, ""),
    ("POST", "/evening/join/{link}", Member, ""),
    ("GET", "/evening/{id}", Member, ""),
    ("POST", "/evening/{id}/link", Member, ""),
    ("POST", "/evening/{id}/revoke", Member, ""),
    ("POST", "/evening/{id}/leave", Member, ""),
    ("POST", "/evening/{id}/end", Member, ""),
    ("GET", "/privacy", Anyone, ""),
    ("GET", "/account/second-step", Member, ""),
    ("GET", "/account/data", Member, ""),
    ("GET", "/account/data/matinee.json", Member, ""),
    ("GET", "/account/data/letterboxd.csv", Member, ""),
    ("GET", "/account/import", Member, ""),
    ("POST", "/account/import", Member, ""),
    ("GET", "/account/changes", Member, ""),
    ("POST", "/account/changes/{id}/undo", Member, ""),
    ("GET", "/account/tokens", Member, ""),
    ("POST", "/account/tokens", Member, "name=&scope=read&days=30"),
    ("POST", "/account/tokens/{id}/revoke", Member, ""),
    ("GET", "/sign-in/with", Anyone, ""),
    ("GET", "/sign-in/with/{provider}", Anyone, ""),
    ("GET", "/sign-in/with/{provider}/callback", Anyone, ""),
    ("GET", "/account/security", Member, ""),
    ("POST", "/account/security/link/{provider}", Member, ""),
    ("POST", "/account/security/unlink", Member, "issuer=https://id.example.org&subject=1"),
    ("POST", "/account/security/password", Member, "current=&password="),
    ("POST", "/account/security/delete", Member, ""),
    ("POST", "/account/security/sessions/{session}/end", Member, ""),
    ("POST", "/account/security/sessions/end-others", Member, ""),
    ("GET", "/account/security/factor", Member, ""),
    ("POST", "/account/security/factor", Member, "code="),
    ("POST", "/account/security/factor/begin", Member, ""),
    ("POST", "/account/security/factor/codes", Member, ""),
    ("POST", "/account/security/factor/passkey", Member, ""),
    ("POST", "/account/security/factor/off", Member, ""),
    ("POST", "/account/security/email", Member, "email=a@example.org"),
    ("POST", "/account/security/email/again", Member, ""),
    ("GET", "/account/confirm", Anyone, ""),
    ("POST", "/account/confirm", Anyone, ""),
    ("GET", "/sign-in/forgot", Anyone, ""),
    ("POST", "/sign-in/forgot", Anyone, "email="),
    ("GET", "/sign-in/reset", Anyone, ""),
    ("POST", "/sign-in/reset", Anyone, ""),
    ("GET", "/sign-in/code", Anyone, ""),
    ("POST", "/sign-in/code", Anyone, "code="),
    ("POST", "/sign-in/code/passkey", Anyone, "answer="),
    ("POST", "/sign-in/code/passkey/begin", Anyone, ""),
    ("GET", "/sign-in/passkey", Anyone, ""),
    ("POST", "/sign-in/passkey", Anyone, "answer="),
    ("POST", "/sign-in/passkey/begin", Anyone, ""),
    ("POST", "/account/security/passkeys", Member, "answer=&name=x"),
    ("POST", "/account/security/passkeys/begin", Member, "name=x"),
    ("POST", "/account/security/passkeys/{passkey}/name", Member, "name=x"),
    ("POST", "/account/security/passkeys/{passkey}/remove", Member, ""),
    ("GET", "/edit/here", Editor, ""),
    ("GET", "/edit/{movie}", Editor, ""),
    ("POST", "/edit/{movie}", Editor, "title="),
    ("GET", "/edit/{movie}/history", Editor, ""),
    ("POST", "/edit/{movie}/history/{id}/undo", Editor, ""),
    ("GET", "/admin", Admin, ""),
    ("GET", "/admin/history", Admin, ""),
    ("GET", "/admin/history/{id}", Admin, ""),
    ("GET", "/admin/revert", Admin, ""),
    ("POST", "/admin/revert", Admin, "by=all"),
    ("GET", "/admin/people", Admin, ""),
    ("GET", "/admin/people/{id}", Admin, ""),
    ("POST", "/admin/people/{id}/role", Admin, "role=member"),
    ("POST", "/admin/people/{id}/sessions/end", Admin, ""),
    ("POST", "/admin/people/{id}/delete", Admin, ""),
];

#[rustfmt::skip]
const SERVER_FUNCTIONS: &[Line] = &[
    ("POST", "/api/ui/register", Anyone, ""),
    ("POST", "/api/ui/sign-in", Anyone, ""),
    ("POST", "/api/ui/sign-out", Anyone, ""),
    ("POST", "/api/ui/delete-account", Member, ""),
    ("GET", "/api/ui/door", Anyone, ""),
    ("GET", "/api/ui/account", Member, ""),
    ("GET", "/api/ui/ratings", Member, "address=/ratings"),
    ("POST", "/api/ui/clear-history", Member, ""),
    ("POST", "/api/ui/keep-history", Member, ""),
    ("GET", "/api/ui/home", Anyone, "whole=false"),
    ("POST", "/api/ui/mark", Member, "movie=00000000-0000-7000-8000-000000000000&mark=not_interested&on=true"),
    ("GET", "/api/ui/film", Anyone, "id=00000000-0000-7000-8000-000000000000"),
    ("POST", "/api/ui/language", Anyone, "lang=en"),
    ("POST", "/api/ui/theme", Anyone, "theme=dark"),
    ("POST", "/api/ui/rate", Member, "movie=00000000-0000-7000-8000-000000000000&stars=4"),
    ("GET", "/api/ui/search", Anyone, "address=/search"),
    ("GET", "/api/ui/suggest", Anyone, "text=a"),
    ("GET", "/api/ui/viewer", Anyone, ""),
];

#[rustfmt::skip]
const API: &[Line] = &[
    ("GET", "/api/openapi.json", Anyone, ""),
    ("GET", "/api/v1/search", Anyone, ""),
    ("GET", "/api/v1/describe", Anyone, ""),
    ("GET", "/api/v1/movies/{id}", Anyone, ""),
    ("GET", "/api/v1/movies/{id}/similar", Anyone, ""),
    ("PUT", "/api/v1/movies/{id}/rating", Member, "{}"),
    ("DELETE", "/api/v1/movies/{id}/rating", Member, ""),
    ("PUT", "/api/v1/movies/{id}/marks/{mark}", Member, ""),
    ("DELETE", "/api/v1/movies/{id}/marks/{mark}", Member, ""),
    ("POST", "/api/v1/accounts", Anyone, "{}"),
    ("POST", "/api/v1/session", Anyone, "{}"),
    ("DELETE", "/api/v1/session", Anyone, ""),
    ("GET", "/api/v1/me", Member, ""),
    ("DELETE", "/api/v1/me", Member, "{}"),
    ("GET", "/api/v1/me/ratings", Member, ""),
    ("GET", "/api/v1/me/history", Member, ""),
    ("DELETE", "/api/v1/me/history", Member, ""),
    ("PUT", "/api/v1/me/history/setting", Member, "{}"),
    ("GET", "/api/v1/me/changes", Member, ""),
    ("POST", "/api/v1/me/changes/{id}/undo", Member, ""),
    ("GET", "/api/v1/me/knobs", Member, ""),
    ("PUT", "/api/v1/me/knobs", Member, "{}"),
    ("GET", "/api/v1/recommendations", Member, ""),
];

#[rustfmt::skip]
const OPERATION_AND_FILES: &[Line] = &[
    ("GET", "/livez", Anyone, ""),
    ("GET", "/readyz", Anyone, ""),
    ("GET", "/metrics", Anyone, ""),
    ("GET", "/robots.txt", Anyone, ""),
    ("GET", "/sitemap.xml", Anyone, ""),
    ("GET", "/sitemap/{name}", Anyone, ""),
    ("GET", "/poster/{file}", Anyone, ""),
    ("GET", "/pkg/{*name}", Anyone, ""),
    ("GET", "/manifest.webmanifest", Anyone, ""),
    ("GET", "/sw.js", Anyone, ""),
    ("GET", "/passkey.js", Anyone, ""),
    ("GET", "/tune.js", Anyone, ""),
    ("GET", "/favicon.svg", Anyone, ""),
    ("GET", "/favicon.ico", Anyone, ""),
    ("GET", "/apple-touch-icon.png", Anyone, ""),
    ("GET", "/icon-192.png", Anyone, ""),
    ("GET", "/icon-512.png", Anyone, ""),
    ("GET", "/icon-maskable-512.png", Anyone, ""),
];

/// Takes every method, and answers that there is nothing.
const NOTHING_THERE: &str = "/api/{*rest}";

pub fn table() -> impl Iterator<Item = &'static Line> {
    [PAGES, SERVER_FUNCTIONS, API, OPERATION_AND_FILES].into_iter().flatten()
}

/// A path of the router with something in place of its parameters.
fn filled(path: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{slug}" | "{name}" | "{*name}" | "{file}" => "nothing",
            "{mark}" => "not_interested",
            part if part.starts_with('{') => NOBODY,
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// Every method that the router takes at this path, as it says itself when it is asked by one that nobody has.
async fn methods(client: &Client<'_>, path: &str) -> Vec<String> {
    let probe = Request::builder().method("PROBE").uri(filled(path)).body(Body::empty()).unwrap();
    let answer = client.request(probe).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}: {}", answer.body);
    let allowed = answer.header("allow").split(',').map(str::trim).filter(|method| !matches!(*method, "" | "HEAD"));
    allowed.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_router_is_in_the_table() {
    let app = TestApp::start_without_model().await;
    let client = app.client();
    let mut routes = BTreeSet::new();
    for path in app.paths().iter().filter(|path| *path != NOTHING_THERE) {
        for method in methods(&client, path).await {
            routes.insert(format!("{method} {path}"));
        }
    }
    let lines: BTreeSet<String> = table().map(|(method, path, ..)| format!("{method} {path}")).collect();
    let missing: Vec<_> = routes.difference(&lines).collect();
    let gone: Vec<_> = lines.difference(&routes).collect();
    assert!(missing.is_empty(), "say who may use these, in server/tests/suite/access.rs: {missing:#?}");
    assert!(gone.is_empty(), "these are no routes any more: {gone:#?}");
}

pub fn request(line: &Line) -> Request<Body> {
    let (method, path, _, body) = line;
    let is_api = path.starts_with("/api/v1/");
    let (query, body) =
        if *method == "GET" && !body.is_empty() { (format!("?{body}"), "") } else { (String::new(), *body) };
    let kind = if is_api { "application/json" } else { "application/x-www-form-urlencoded" };
    Request::builder()
        .method(*method)
        .uri(format!("{}{query}", filled(path)))
        .header(header::ORIGIN, ORIGIN)
        .header(header::ACCEPT, if is_api { "application/json" } else { "text/html" })
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(body))
        .unwrap()
}

/// Not let in, or sent to sign in.
pub fn is_refused(answer: &Answer) -> bool {
    matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
        || answer.status.is_redirection() && answer.header("location").starts_with("/sign-in")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_gets_in_where_the_table_says_and_nowhere_else() {
    let app = TestApp::start_without_model().await;
    let roles = [("member", Member, Role::Member), ("editor", Editor, Role::Editor), ("admin", Admin, Role::Admin)];
    for (name, _, role) in roles {
        app.signed_in(name).await;
        if role > Role::Member {
            app.give_role(name, role).await;
        }
    }
    let mut wrong = Vec::new();
    for line @ (method, path, needs, _) in table() {
        let visitor = app.client().request(request(line)).await;
        if is_refused(&visitor) != (*needs > Anyone) || visitor.status.is_server_error() {
            wrong.push(format!("{method} {path} for a visitor: {}", visitor.status));
        }
        for (name, is, _) in roles {
            // Some of them end the session.
            let answer = app.sign_in(name).await.request(request(line)).await;
            if is_refused(&answer) != (is < *needs) || answer.status.is_server_error() {
                wrong.push(format!("{method} {path} for {name}: {} {}", answer.status, answer.header("location")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_taken_away_is_gone_at_once() {
    let app = TestApp::start_without_model().await;
    let editor = app.signed_in("editor").await;
    let film = app.movie("Alien").await;
    let form = format!("/edit/{film}");
    assert_eq!(editor.get(&form).await.status, StatusCode::FORBIDDEN);
    app.give_role("editor", Role::Editor).await;
    assert_eq!(editor.get(&form).await.status, StatusCode::OK);
    app.give_role("editor", Role::Member).await;
    let refused = editor.get(&form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("another role"), "{}", refused.body);
    assert_eq!(editor.send(Method::POST, &form, None).await.status, StatusCode::FORBIDDEN);
}
