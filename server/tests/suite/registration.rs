//! A registration that is sent again, because an instance broke off or a button was pressed twice.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::{Answer, TestApp};

async fn register(app: &TestApp, email: &str, password: &str) -> Answer {
    let account = json!({ "name": "Bo", "email": email, "password": password });
    app.client().send(Method::POST, "/api/v1/accounts", Some(account)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_comes_twice_makes_one_account_and_signs_in() {
    let app = TestApp::start().await;
    let first = register(&app, "bo@example.org", "trombone lessons").await;
    app.clock.advance_seconds(59);
    let browser = app.client();
    let account = json!({ "name": "Bo", "email": "Bo@example.org", "password": "trombone lessons" });
    let again = browser.send(Method::POST, "/api/v1/accounts", Some(account)).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED), "{}", again.body);
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_eq!(browser.get("/api/v1/me").await.json()["id"], first.json()["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_taken_for_whoever_has_another_password_or_comes_later() {
    let app = TestApp::start().await;
    register(&app, "bo@example.org", "trombone lessons").await;
    for _ in 0..20 {
        let guess = register(&app, "bo@example.org", "saxophone lessons").await;
        assert!(matches!(guess.status, StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS), "{}", guess.body);
    }
    let guess = register(&app, "bo@example.org", "saxophone lessons").await;
    assert_eq!(guess.status, StatusCode::TOO_MANY_REQUESTS, "guesses are counted as at signing in");
    app.clock.advance_seconds(61);
    assert_eq!(register(&app, "bo@example.org", "trombone lessons").await.status, StatusCode::CONFLICT);
}
