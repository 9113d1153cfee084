//! The duty of a second step (ASVS 6.3.3): what somebody reaches who has signed in by a password alone.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use matinee_domain::Role;
use matinee_services::{duty::AskedOf, ports::SecondFactorRepository};
use serde_json::json;

use crate::{
    access::{Access, Line, request, table},
    second_factor::{App, give_password, switch_on},
    support::{Answer, Client, ORIGIN, TestApp, post},
};

const PAGE: &str = "/account/second-step";
const PROBLEM: &str = "urn:matinee:problem:second-step-needed";

/// What somebody without a second factor may do beside what visitors may: setting one up, taking their data along, leaving.
const WITHOUT_FACTOR: &[(&str, &str)] = &[
    ("GET", "/account/second-step"),
    ("GET", "/account"),
    ("GET", "/api/ui/account"),
    ("POST", "/api/ui/delete-account"),
    ("DELETE", "/api/v1/me"),
    ("GET", "/account/data"),
    ("GET", "/account/data/matinee.json"),
    ("GET", "/account/data/letterboxd.csv"),
    ("GET", "/account/security"),
    ("POST", "/account/security/delete"),
    ("POST", "/account/security/password"),
    ("GET", "/account/security/factor"),
    ("POST", "/account/security/factor"),
    ("POST", "/account/security/factor/begin"),
    ("POST", "/account/security/passkeys"),
    ("POST", "/account/security/passkeys/begin"),
];

async fn start(asked_of: AskedOf) -> TestApp {
    TestApp::start_with(|config| config.auth.second_step = asked_of).await
}

/// Whether the answer says that a second step is asked for.
fn is_held(answer: &Answer) -> bool {
    let is_told = answer.header("location") == PAGE || answer.body.contains(PROBLEM);
    is_told && (answer.status == StatusCode::FORBIDDEN || answer.status.is_redirection())
}

/// Signs in by password and code, as a program does.
async fn with_code<'a>(app: &'a TestApp, name: &str, authenticator: &App) -> Client<'a> {
    let client = app.client();
    app.clock.advance_seconds(30);
    let code = authenticator.code(app, 0);
    let body = json!({ "email": format!("{name}@example.org"), "password": "correct horse", "code": code });
    let answer = client.send(Method::POST, "/api/v1/session", Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    client
}

fn is_for_the_weak(line: &Line) -> bool {
    let (method, path, needs, _) = line;
    *needs == Access::Anyone || WITHOUT_FACTOR.contains(&(*method, *path))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_alone_reaches_what_visitors_may_and_the_way_to_a_second_step() {
    let app = start(AskedOf::Everyone).await;
    app.signed_in("admin").await;
    app.give_role("admin", Role::Admin).await;
    let mut wrong = Vec::new();
    for line @ (method, path, ..) in table() {
        // Some of them end the session.
        let answer = app.sign_in("admin").await.request(request(line)).await;
        if is_held(&answer) == is_for_the_weak(line) || answer.status.is_server_error() {
            wrong.push(format!("{method} {path} without a factor: {} {}", answer.status, answer.header("location")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_gave_two_factors_is_held_up_nowhere() {
    let app = start(AskedOf::Everyone).await;
    let (authenticator, _) = switch_on(&app, &app.signed_in("admin").await).await;
    app.give_role("admin", Role::Admin).await;
    let mut browser = with_code(&app, "admin", &authenticator).await;
    let mut wrong = Vec::new();
    for line @ (method, path, ..) in table() {
        if browser.get("/api/v1/me").await.status != StatusCode::OK {
            browser = with_code(&app, "admin", &authenticator).await;
        }
        let answer = browser.request(request(line)).await;
        if is_held(&answer) || answer.status.is_server_error() {
            wrong.push(format!("{method} {path}: {} {}", answer.status, answer.header("location")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_second_factor_is_told_what_to_do_and_goes_on_once_it_is_set_up() {
    let app = start(AskedOf::Everyone).await;
    let browser = app.signed_in("ada").await;
    let film = app.movie("Alien").await;

    let refused = browser.rate(film, 4.0).await;
    assert_eq!((refused.status, refused.json()["type"].as_str()), (StatusCode::FORBIDDEN, Some(PROBLEM)));
    assert!(refused.json()["detail"].as_str().unwrap().contains(PAGE), "{refused:?}");
    let hydrated = Request::post("/api/ui/rate")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, ORIGIN)
        .header(header::ACCEPT, "application/json")
        .body(Body::from(format!("movie={film}&stars=4")));
    let hydrated = browser.request(hydrated.unwrap()).await;
    assert_eq!((hydrated.status, hydrated.header("location")), (StatusCode::FORBIDDEN, PAGE));
    assert_eq!(browser.get("/ratings").await.header("location"), PAGE);
    let page = browser.get(PAGE).await;
    assert!(page.body.contains("asks you for more than a password"), "{}", page.body);
    assert!(page.body.contains("href=\"/account/security\"") && page.body.contains("/api/ui/sign-out"));
    browser.set_cookie("lang", "de");
    let german = browser.get(PAGE).await.body;
    assert!(german.contains("mehr als ein Passwort"), "{german}");
    // Nothing of theirs is on the pages that everybody may see, and nothing is kept of what they look at.
    let shown = browser.get(&format!("/api/ui/film?id={film}")).await;
    assert_eq!((shown.status, &shown.json()["mine"]), (StatusCode::OK, &json!(null)));
    // The app's own router finds a page that the server's has no route for: here it is a visitor's.
    let has_account = async || browser.get("/account/").await.body.contains("not_because");
    assert!(!has_account().await);
    assert!(browser.get("/api/ui/viewer").await.body.contains("ada"), "they see that they are signed in");

    let (authenticator, _) = switch_on(&app, &browser).await;
    assert_eq!(browser.rate(film, 4.0).await.status, StatusCode::OK);
    assert_eq!(browser.get(PAGE).await.header("location"), "/");
    assert!(has_account().await, "or the test above shows nothing");
    let again = with_code(&app, "ada", &authenticator).await;
    let kept = again.get("/api/v1/me/history").await;
    assert_eq!(kept.status, StatusCode::OK);
    assert!(!kept.body.contains("Alien"), "{}", kept.body);
    // The last one stays.
    let off = post(&again, "/account/security/factor/off", &[]).await;
    assert_eq!(off.header("location"), "/account/security?said=last-one");
    assert!(again.get("/account/security?said=last-one").await.body.contains("this is your last one"));
    let ada = app.give_role("ada", Role::Editor).await;
    assert!(app.store().lookup_factor(ada).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_leads_to_the_second_step_where_it_is_asked_for() {
    let app = start(AskedOf::Everyone).await;
    app.signed_in("ada").await;
    assert_eq!(give_password(&app.client(), "/ratings").await, PAGE);
    let form = [("name", "Bo"), ("email", "bo@example.org"), ("password", "correct horse"), ("back", "/search")];
    assert_eq!(post(&app.client(), "/api/ui/register", &form).await.header("location"), PAGE);
    let visitor = app.client();
    assert_eq!(visitor.get("/").await.status, StatusCode::OK);
    assert!(visitor.get(PAGE).await.header("location").starts_with("/sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_asked_of_admins_a_role_that_is_given_asks_for_it_at_once_and_tokens_wait_for_it() {
    let app = start(AskedOf::Admins).await;
    let browser = app.signed_in("ada").await;
    let page = post(&browser, "/account/tokens", &[("name", "tool"), ("scope", "read"), ("days", "30")]).await;
    let token = page.body.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let by_token = async || {
        let request = Request::get("/api/v1/me").header(header::AUTHORIZATION, format!("Bearer {token}"));
        app.client().request(request.body(Body::empty()).unwrap()).await
    };
    assert_eq!(by_token().await.status, StatusCode::OK);
    app.give_role("ada", Role::Editor).await;
    assert_eq!(browser.get("/account/tokens").await.status, StatusCode::OK, "nothing is asked of an editor");

    app.give_role("ada", Role::Admin).await;
    assert!(is_held(&browser.get("/admin").await) && is_held(&browser.get("/account/tokens").await));
    let refused = by_token().await;
    assert_eq!((refused.status, refused.json()["type"].as_str()), (StatusCode::FORBIDDEN, Some(PROBLEM)));
    switch_on(&app, &browser).await;
    assert_eq!(browser.get("/admin").await.status, StatusCode::OK);
    assert_eq!(by_token().await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_duty_nobody_is_held_up() {
    let app = TestApp::start_without_model().await;
    let browser = app.signed_in("ada").await;
    app.give_role("ada", Role::Admin).await;
    assert_eq!(browser.get("/admin").await.status, StatusCode::OK);
    assert_eq!(browser.get(PAGE).await.header("location"), "/");
    let (_, _) = switch_on(&app, &browser).await;
    let off = post(&browser, "/account/security/factor/off", &[]).await;
    assert_eq!(off.header("location"), "/account/security?said=factor-off");
}
