//! A provider of plain OAuth 2.0, of GitHub's kind: who somebody is, it says when it is asked with the token.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use matinee_server::config::Preset;
use serde_json::json;

use super::{
    Hostile,
    visit::{Visit, start_with},
};
use crate::support::{BEGINNING_S, TestApp};

/// An instance whose provider `one` is plain.
async fn start() -> (TestApp, Hostile) {
    let (app, one, _) = start_with(|config| {
        let provider = &mut config.sign_in.providers[0];
        provider.preset = Preset::Github;
        provider.authorize_url = format!("{}/authorize", provider.issuer);
        provider.token_url = format!("{}/token", provider.issuer);
        provider.user_url = format!("{}/me", provider.issuer);
    })
    .await;
    one.with(|book| book.user_info = json!({ "id": 7, "login": "ada", "name": null, "email": "bo@example.org" }));
    (app, one)
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_known_by_their_number() {
    let (app, provider) = start().await;
    app.signed_in("bo").await;
    let visit = Visit::begin(&app).await;
    let answer = visit.agree(&provider).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/ratings"), "{answer:?}");
    let me = visit.browser.get("/api/v1/me").await.json();
    // The address is anybody's: nothing says that it was checked.
    assert_eq!((me["name"].as_str(), me["email"].as_str()), (Some("ada"), Some("")));
    provider.with(|book| book.user_info = json!({ "id": 7, "login": "renamed" }));
    let again = Visit::begin(&app).await;
    again.agree(&provider).await;
    assert_eq!(again.browser.get("/api/v1/me").await.json()["id"], me["id"]);
    // Whoever took the old name is somebody else.
    provider.with(|book| book.user_info = json!({ "id": 8, "login": "ada" }));
    let other = Visit::begin(&app).await;
    other.agree(&provider).await;
    assert_ne!(other.browser.get("/api/v1/me").await.json()["id"], me["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_code_does_not_fit_another_attempt_here_either() {
    let (app, provider) = start().await;
    let victim = Visit::begin(&app).await;
    let stolen = provider.agree(&victim.request)[0].clone();
    let attacker = Visit::begin(&app).await;
    let mut pairs = provider.agree(&attacker.request);
    pairs[0] = stolen;
    let answer = attacker.come_back(&pairs).await;
    attacker.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_about_nobody_lets_nobody_in() {
    let (app, provider) = start().await;
    for told in [json!({}), json!({ "login": "ada" }), json!({ "id": "" }), json!({ "id": null }), json!({ "id": -1 })]
    {
        provider.with(|book| book.user_info = told);
        let visit = Visit::begin(&app).await;
        let answer = visit.agree(&provider).await;
        visit.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_shown_to_nobody_else() {
    let (app, provider) = start().await;
    let elsewhere = Hostile::start(BEGINNING_S).await;
    let address = format!("{}/me", elsewhere.issuer);
    provider.reply("/me", move || Redirect::temporary(&address).into_response());
    let visit = Visit::begin(&app).await;
    let answer = visit.agree(&provider).await;
    visit.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
    assert_eq!(elsewhere.asked("/me"), 0);
}
