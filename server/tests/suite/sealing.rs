//! What authenticator apps share, enciphered in the database.

use axum::http::StatusCode;
use matinee_domain::{Email, UserId};
use matinee_server::{auth::SealingKeys, config::Config};
use matinee_services::ports::{PeopleRepository, SecondFactorRepository};

use crate::{
    second_factor::{App, give_password, switch_on},
    support::{Client, TestApp, post},
    users::users,
};

/// A key of somebody's own: 32 bytes in base64.
const OTHER_KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";

async fn ada(app: &TestApp) -> UserId {
    app.store().lookup_by_email(&Email::parse("ada@example.org").unwrap()).await.unwrap().unwrap().id
}

/// What the database holds.
async fn kept(app: &TestApp) -> String {
    let user = ada(app).await;
    app.store().lookup_factor(user).await.unwrap().unwrap().secret
}

fn keys(app: &TestApp, secrets_keys: &str) -> SealingKeys {
    let mut config = Config::default();
    config.data.dir.clone_from(&app.config.data.dir);
    config.auth.secrets_keys = secrets_keys.into();
    SealingKeys::open(&config).unwrap().unwrap()
}

async fn code_lets_in(app: &TestApp, code: &str) -> bool {
    let browser: Client<'_> = app.client();
    give_password(&browser, "/").await;
    post(&browser, "/sign-in/code", &[("code", code)]).await;
    browser.get("/api/v1/me").await.status == StatusCode::OK
}

/// The code of the next half minute, in which the clock is then.
fn next_code(app: &TestApp, authenticator: &App) -> String {
    app.clock.advance_seconds(30);
    authenticator.code(app, 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_authenticator_shares_is_enciphered_in_the_database_and_codes_work() {
    let app = TestApp::start_without_model().await;
    let (authenticator, _) = switch_on(&app, &app.signed_in("ada").await).await;
    let sealed = kept(&app).await;
    assert!(sealed.starts_with("v1.") && !sealed.contains(authenticator.secret()), "{sealed}");
    assert!(code_lets_in(&app, &next_code(&app, &authenticator)).await);
    assert_eq!(kept(&app).await, sealed, "it is sealed once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_before_there_was_a_key_is_enciphered_when_it_is_next_used() {
    let app = TestApp::start_without_model().await;
    let (authenticator, _) = switch_on(&app, &app.signed_in("ada").await).await;
    let (user, sealed) = (ada(&app).await, kept(&app).await);
    assert!(app.store().reseal_factor(user, &sealed, authenticator.secret()).await.unwrap());
    assert_eq!(kept(&app).await, authenticator.secret());
    assert!(code_lets_in(&app, &next_code(&app, &authenticator)).await);
    let sealed = kept(&app).await;
    assert!(sealed.starts_with("v1.") && !sealed.contains(authenticator.secret()), "{sealed}");
    assert!(code_lets_in(&app, &next_code(&app, &authenticator)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_key_no_code_is_right_and_a_recovery_code_still_is() {
    let app = TestApp::start_without_model().await;
    let (authenticator, codes) = switch_on(&app, &app.signed_in("ada").await).await;
    let (user, sealed) = (ada(&app).await, kept(&app).await);
    let elsewhere = keys(&app, OTHER_KEY).seal(user, authenticator.secret()).unwrap();
    assert!(app.store().reseal_factor(user, &sealed, &elsewhere).await.unwrap());
    let browser = app.client();
    give_password(&browser, "/").await;
    let answer = post(&browser, "/sign-in/code", &[("code", &next_code(&app, &authenticator))]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
    assert_eq!(kept(&app).await, elsewhere, "and nothing is written over it");
    assert!(code_lets_in(&app, &codes[0]).await);
    // A row that was moved to somebody is none of theirs either.
    let stolen = keys(&app, "").seal(UserId(uuid::Uuid::from_u128(7)), authenticator.secret()).unwrap();
    assert!(app.store().reseal_factor(user, &elsewhere, &stolen).await.unwrap());
    assert!(!code_lets_in(&app, &next_code(&app, &authenticator)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_changed_by_the_command_line() {
    let app = TestApp::start_without_model().await;
    switch_on(&app, &app.signed_in("ada").await).await;
    let data = app.config.data.dir.clone();
    let (first, sealed) = (std::fs::read_to_string(data.join("secrets.key")).unwrap(), kept(&app).await);
    let expect = |code: i32, words: &str| {
        let (status, said) = users(&data, &["seal-second-steps"]);
        assert!(status == Some(code) && said.contains(words), "{status:?} {said}");
    };
    expect(0, "Sealed anew: 0. Sealed with the first key already: 1.");
    std::fs::write(data.join("secrets.key"), format!("{OTHER_KEY}\n{first}")).unwrap();
    expect(0, "Sealed anew: 1. Sealed with the first key already: 0.");
    let anew = kept(&app).await;
    assert_ne!(anew, sealed);
    assert!(keys(&app, OTHER_KEY).is_current(&anew));
    std::fs::write(data.join("secrets.key"), first).unwrap();
    expect(1, "sealed with a key that is not in the file");
    std::fs::write(data.join("secrets.key"), "no key").unwrap();
    expect(1, "openssl rand -base64 32");
    assert_eq!(kept(&app).await, anew);
}
