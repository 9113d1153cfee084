//! The second step of signing in: codes of an authenticator app, and recovery codes.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use matinee_domain::{Email, UserId};
use matinee_services::{
    ports::{Clock, HistoryRepository, OnConflict, PeopleRepository, SecondFactorRepository, SelectBy, Selection},
    provenance::{Actor, Provenance},
};
use serde_json::json;
use totp_rs::{Builder, Secret};

use crate::support::{Client, ORIGIN, TestApp, post};

/// An authenticator app that has the secret of the page.
pub struct App(String);

impl App {
    /// What the page shared with it.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// The code that it shows so many seconds from now.
    pub fn code(&self, app: &TestApp, after_s: i64) -> String {
        let secret = Secret::try_from_base32(&self.0).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        totp.generate((app.clock.now().timestamp() + after_s).try_into().unwrap()).to_string()
    }
}

/// Begins to set it up; the app scans the page.
async fn scan(browser: &Client<'_>) -> App {
    let answer = post(browser, "/account/security/factor/begin", &[]).await;
    assert_eq!(answer.header("location"), "/account/security/factor", "{answer:?}");
    let page = browser.get("/account/security/factor").await;
    assert!(page.body.contains("<svg class=\"qr\""), "{}", page.body);
    App(page.body.split("secret=").nth(1).unwrap().split('&').next().unwrap().to_owned())
}

/// Switches it on; returns the app and the recovery codes.
pub async fn switch_on(app: &TestApp, browser: &Client<'_>) -> (App, Vec<String>) {
    let authenticator = scan(browser).await;
    let page = post(browser, "/account/security/factor", &[("code", &authenticator.code(app, 0))]).await;
    assert_eq!(page.status, StatusCode::CREATED, "{}", page.body);
    let list = page.body.split("codes__list").nth(1).unwrap().split("</ol>").next().unwrap();
    let codes: Vec<_> = list.split("<code>").skip(1).map(|code| code.split('<').next().unwrap().to_owned()).collect();
    assert_eq!(codes.len(), 10, "{list}");
    app.clock.advance_seconds(30);
    (authenticator, codes)
}

/// Gives e-mail address and password by the form of the page without JavaScript; returns where it leads.
pub async fn give_password(browser: &Client<'_>, back: &str) -> String {
    let form = [("email", "ada@example.org"), ("password", "correct horse"), ("back", back)];
    post(browser, "/api/ui/sign-in", &form).await.header("location").to_owned()
}

async fn is_signed_in(browser: &Client<'_>) -> bool {
    browser.get("/api/v1/me").await.status == StatusCode::OK
}

async fn ada(app: &TestApp) -> UserId {
    app.store().lookup_by_email(&Email::parse("ada@example.org").unwrap()).await.unwrap().unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_alone_lets_nobody_in_once_the_second_step_is_on() {
    let app = TestApp::start_without_model().await;
    let owner = app.signed_in("ada").await;
    let elsewhere = app.sign_in("ada").await;
    let (authenticator, _) = switch_on(&app, &owner).await;
    assert!(is_signed_in(&owner).await);
    assert!(!is_signed_in(&elsewhere).await, "what the password alone opened is closed");

    let browser = app.client();
    assert_eq!(give_password(&browser, "/ratings").await, "/sign-in/code");
    assert!(!is_signed_in(&browser).await);
    assert!(browser.get("/account/security").await.header("location").starts_with("/sign-in"));
    let before = browser.cookie("matinee_session");
    assert!(browser.get("/sign-in/code").await.body.contains("one-time-code"));
    let wrong = post(&browser, "/sign-in/code", &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("aria-invalid") && !is_signed_in(&browser).await);
    let code = authenticator.code(&app, 0);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    assert_eq!(post(&browser, "/sign-in/code", &[("code", &spaced)]).await.header("location"), "/ratings");
    assert!(is_signed_in(&browser).await);
    assert_ne!(browser.cookie("matinee_session"), before, "a new session");

    let replayed = app.client();
    give_password(&replayed, "/").await;
    let answer = post(&replayed, "/sign-in/code", &[("code", &code)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "used already");
    assert!(!is_signed_in(&replayed).await);
    app.clock.advance_seconds(30);
    let next = authenticator.code(&app, 30);
    assert_eq!(post(&replayed, "/sign-in/code", &[("code", &next)]).await.header("location"), "/", "clocks differ");
    let late = authenticator.code(&app, 0);
    give_password(&browser, "/").await;
    let answer = post(&browser, "/sign-in/code", &[("code", &late)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "older than one that was used");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hydrated_form_is_sent_to_the_page_for_the_code_too() {
    let app = TestApp::start_without_model().await;
    let (authenticator, _) = switch_on(&app, &app.signed_in("ada").await).await;
    let browser = app.client();
    let request = Request::post("/api/ui/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", ORIGIN)
        .header("accept", "application/json")
        .body(Body::from("email=ada%40example.org&password=correct+horse&back=%2Fratings"));
    let answer = browser.request(request.unwrap()).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::OK, "/sign-in/code"));
    assert_eq!(answer.header("serverfnredirect"), "", "it is no page of the app, so the browser goes by itself");
    let code = authenticator.code(&app, 0);
    assert_eq!(post(&browser, "/sign-in/code", &[("code", &code)]).await.header("location"), "/ratings");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_lets_in_once_and_a_new_set_takes_the_old_ones_place() {
    let app = TestApp::start_without_model().await;
    let owner = app.signed_in("ada").await;
    let (_, codes) = switch_on(&app, &owner).await;
    let give = async |code: &str| {
        let browser = app.client();
        give_password(&browser, "/").await;
        post(&browser, "/sign-in/code", &[("code", code)]).await;
        is_signed_in(&browser).await
    };
    assert!(give(&codes[0].to_uppercase()).await);
    assert!(!give(&codes[0]).await, "used");
    assert!(owner.get("/account/security").await.body.contains("Recovery codes left: 9"));
    let page = post(&owner, "/account/security/factor/codes", &[]).await;
    assert_eq!(page.status, StatusCode::CREATED);
    assert!(!page.body.contains(&codes[1]) && !give(&codes[1]).await, "of the old set");
    assert!(owner.get("/account/security").await.body.contains("Recovery codes left: 10"));
    // That there is a second step is told, and none of what it is made of.
    let export = owner.get("/account/data/matinee.json").await;
    let step = &export.json()["sign_in"]["second_step"];
    assert_eq!((step["codes_left"].as_u64(), step.as_object().unwrap().len()), (Some(10), 2), "{step}");
    assert!(!export.body.contains("secret") && !export.body.contains(&codes[0]), "{}", export.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_codes_waits_longer_each_time_from_wherever() {
    let app = TestApp::start_without_model().await;
    let (authenticator, codes) = switch_on(&app, &app.signed_in("ada").await).await;
    let browser = app.client();
    give_password(&browser, "/").await;
    let give = async |code: &str| post(&browser, "/sign-in/code", &[("code", code)]).await.status;
    for _ in 0..5 {
        assert_eq!(give("000000").await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // The password again does not make the wait shorter.
    give_password(&browser, "/").await;
    assert_eq!(give(&authenticator.code(&app, 0)).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(give(&codes[0]).await, StatusCode::TOO_MANY_REQUESTS);
    app.clock.advance_seconds(1);
    assert_eq!(give("000000").await, StatusCode::UNPROCESSABLE_ENTITY);
    app.clock.advance_seconds(1);
    assert_eq!(give(&codes[0]).await, StatusCode::TOO_MANY_REQUESTS, "two seconds now");
    app.clock.advance_seconds(1);
    assert_eq!(give(&codes[0]).await, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_give_one_code_at_once_are_let_in_once() {
    let app = TestApp::start_without_model().await;
    let (authenticator, _) = switch_on(&app, &app.signed_in("ada").await).await;
    let browsers = [app.client(), app.client(), app.client(), app.client()];
    for browser in &browsers {
        give_password(browser, "/").await;
    }
    let code = authenticator.code(&app, 0);
    let give = async |browser: &Client<'_>| {
        post(browser, "/sign-in/code", &[("code", &code)]).await;
        is_signed_in(browser).await
    };
    let [a, b, c, d] = &browsers;
    let let_in = tokio::join!(give(a), give(b), give(c), give(d));
    assert_eq!([let_in.0, let_in.1, let_in.2, let_in.3].iter().filter(|is_in| **is_in).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_is_asked_for_soon_after_the_password_and_in_the_same_browser() {
    let app = TestApp::start_without_model().await;
    let (authenticator, _) = switch_on(&app, &app.signed_in("ada").await).await;
    let (stranger, slow) = (app.client(), app.client());
    for answer in [stranger.get("/sign-in/code").await, post(&stranger, "/sign-in/code", &[("code", "1")]).await] {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.body.contains("href=\"/sign-in\""), "{}", answer.body);
    }
    give_password(&slow, "/").await;
    app.clock.advance_seconds(601);
    let answer = post(&slow, "/sign-in/code", &[("code", &authenticator.code(&app, 0))]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(!is_signed_in(&slow).await);
    // Whoever signs in as somebody else meanwhile is that person, and no half of another.
    let other = app.signed_in("bo").await;
    give_password(&other, "/").await;
    assert_eq!(other.get("/api/v1/me").await.json()["name"], "bo", "until the code is given");
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_give_the_code_with_the_password() {
    let app = TestApp::start_without_model().await;
    let (authenticator, _) = switch_on(&app, &app.signed_in("ada").await).await;
    let program = app.client();
    let send = async |code: Option<&str>, password: &str| {
        let mut body = json!({ "email": "ada@example.org", "password": password });
        if let Some(code) = code {
            body["code"] = code.into();
        }
        program.send(Method::POST, "/api/v1/session", Some(body)).await
    };
    let code = authenticator.code(&app, 0);
    let without = send(None, "correct horse").await;
    assert_eq!(without.status, StatusCode::UNAUTHORIZED);
    assert_eq!(without.json()["type"], "urn:matinee:problem:code-needed");
    let wrong = send(Some("000000"), "correct horse").await;
    assert_eq!(
        (wrong.status, wrong.json()["type"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("urn:matinee:problem:wrong-code"))
    );
    let guess = send(Some(&code), "wrong horse").await;
    assert_eq!(
        guess.json()["type"],
        "urn:matinee:problem:wrong-credentials",
        "a code tells nothing without the password"
    );
    assert!(!is_signed_in(&program).await);
    assert_eq!(send(Some(&code), "correct horse").await.status, StatusCode::OK);
    assert_eq!(send(Some(&code), "correct horse").await.status, StatusCode::UNAUTHORIZED, "used");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_changed_after_a_recent_sign_in_alone_and_switched_on_by_a_right_code() {
    let app = TestApp::start_without_model().await;
    let browser = app.signed_in("ada").await;
    let authenticator = scan(&browser).await;
    let wrong = post(&browser, "/account/security/factor", &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains(&authenticator.0), "the same secret, so that it need not be scanned again");
    assert_eq!(app.store().lookup_factor(ada(&app).await).await.unwrap(), None);
    app.clock.advance_seconds(601);
    for path in ["", "/begin", "/codes", "/off"].map(|part| format!("/account/security/factor{part}")) {
        let answer = post(&browser, &path, &[("code", "000000")]).await;
        assert_eq!(answer.header("location"), "/account/security?said=prove", "{path}");
    }
    let again = app.sign_in("ada").await;
    assert_eq!(again.get("/account/security/factor").await.header("location"), "/account/security", "nothing is begun");
    switch_on(&app, &again).await;
    let on_twice = scan(&again).await;
    let answer = post(&again, "/account/security/factor", &[("code", &on_twice.code(&app, 0))]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(
        post(&again, "/account/security/factor/off", &[]).await.header("location"),
        "/account/security?said=factor-off"
    );
    assert_eq!(give_password(&app.client(), "/ratings").await, "/ratings");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_brings_neither_secret_nor_codes_back() {
    let app = TestApp::start_without_model().await;
    let owner = app.signed_in("ada").await;
    let (old, old_codes) = switch_on(&app, &owner).await;
    post(&owner, "/account/security/factor/off", &[]).await;
    let (new, _) = switch_on(&app, &owner).await;
    let person = Selection { by: SelectBy::Person(ada(&app).await), since: None };
    let mut sets = app.store().list(&person, None, 50).await.unwrap();
    sets.retain(|set| set.reason != "register");
    for set in sets {
        let this = Selection { by: SelectBy::ChangeSet(set.id), since: None };
        HistoryRepository::revert(app.store(), &this, OnConflict::Force, false).await.unwrap();
    }
    let browser = app.client();
    assert_eq!(give_password(&browser, "/").await, "/sign-in/code");
    for code in [old.code(&app, 0), old_codes[0].clone()] {
        let answer = post(&browser, "/sign-in/code", &[("code", &code)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(post(&browser, "/sign-in/code", &[("code", &new.code(&app, 0))]).await.header("location"), "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_takes_a_lost_one_away_and_history_tells_it() {
    let app = TestApp::start_without_model().await;
    switch_on(&app, &app.signed_in("ada").await).await;
    let id = ada(&app).await;
    let provenance = Provenance { actor: Actor::Operator, ..Provenance::default() };
    assert!(provenance.scope(app.store().remove_factor(id)).await.unwrap());
    assert_eq!(give_password(&app.client(), "/").await, "/");
    let sets = app.store().list(&Selection { by: SelectBy::Person(id), since: None }, None, 5).await.unwrap();
    assert!(sets.iter().any(|set| set.reason == "switch_off_second_factor"), "{sets:?}");
}
