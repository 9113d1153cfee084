//! Providers by their names in the settings: Discord, which tells of addresses that it has checked and of others, and Keycloak, whose
//! issuers are realms of one host.

use axum::http::StatusCode;
use matinee_server::config::{Config, Preset};
use serde_json::{Value, json};

use super::{
    Hostile,
    visit::{Visit, start_with},
};
use crate::support::{BEGINNING_S, TestApp};

const REALM: &str = "/realms/films";

/// An instance whose provider `one` is a Discord, and asks for addresses.
async fn start_discord() -> (TestApp, Hostile) {
    let (app, one, _) = start_with(|config| {
        let provider = &mut config.sign_in.providers[0];
        provider.preset = Preset::Discord;
        provider.scopes = vec!["identify".into(), "email".into()];
        provider.authorize_url = format!("{}/authorize", provider.issuer);
        provider.token_url = format!("{}/token", provider.issuer);
        provider.user_url = format!("{}/me", provider.issuer);
    })
    .await;
    (app, one)
}

/// Somebody as Discord tells of them.
fn discord(id: &str, email: &Value, verified: &Value) -> Value {
    json!({ "id": id, "username": "ada", "discriminator": "0", "global_name": "Ada L.", "avatar": null, "locale": "de",
        "mfa_enabled": true, "email": email, "verified": verified })
}

#[tokio::test(flavor = "multi_thread")]
async fn of_discord_an_address_counts_that_it_has_checked() {
    let (app, provider) = start_discord().await;
    app.signed_in("bo").await;
    let (checked, unchecked) = (json!("Ada@Example.org"), json!("bo@example.org"));
    // The second address has an account here; nothing says that it is theirs.
    for (id, email, verified, kept) in [
        ("80351110224678912", &checked, &json!(true), "ada@example.org"),
        ("80351110224678913", &unchecked, &json!(false), ""),
        ("80351110224678914", &unchecked, &Value::Null, ""),
        ("80351110224678915", &Value::Null, &Value::Null, ""),
    ] {
        provider.with(|book| book.user_info = discord(id, email, verified));
        let visit = Visit::begin(&app).await;
        assert_eq!(visit.asked("scope"), "identify email");
        let answer = visit.agree(&provider).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/ratings"), "{answer:?}");
        let me = visit.browser.get("/api/v1/me").await.json();
        assert_eq!((me["name"].as_str(), me["email"].as_str()), (Some("Ada L."), Some(kept)), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_discord_has_checked_is_not_merged_with_an_account_here() {
    let (app, provider) = start_discord().await;
    app.signed_in("bo").await;
    provider.with(|book| book.user_info = discord("80351110224678912", &json!("bo@example.org"), &json!(true)));
    let visit = Visit::begin(&app).await;
    let answer = visit.agree(&provider).await;
    visit.assert_refused(&answer, StatusCode::CONFLICT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_presets_send_people_to_their_own_addresses() {
    for (preset, place, scope) in [
        (Preset::Github, "https://github.com/login/oauth/authorize", None),
        (Preset::Discord, "https://discord.com/oauth2/authorize", Some("identify")),
    ] {
        let (app, ..) = start_with(|config| {
            let provider = &mut config.sign_in.providers[0];
            (provider.preset, provider.issuer) = (preset, String::new());
        })
        .await;
        let visit = Visit::begin(&app).await;
        assert_eq!(visit.request.as_str().split('?').next(), Some(place));
        assert_eq!(
            (visit.asked("response_type"), visit.asked("code_challenge_method")),
            ("code".into(), "S256".into())
        );
        let asked = visit.request.query_pairs().find(|(name, _)| name == "scope").map(|(_, scope)| scope.into_owned());
        assert_eq!(asked.as_deref(), scope);
    }
}

/// An instance whose provider `one` is a realm of a Keycloak.
async fn start_keycloak(change: impl FnOnce(&mut Config)) -> (TestApp, Hostile) {
    let realm = Hostile::start_at(REALM, BEGINNING_S).await;
    assert!(realm.issuer.ends_with(REALM), "{}", realm.issuer);
    let (app, ..) = start_with(|config| {
        let provider = &mut config.sign_in.providers[0];
        (provider.preset, provider.issuer) = (Preset::Keycloak, realm.issuer.clone());
        change(config);
    })
    .await;
    (app, realm)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_realm_of_a_keycloak_is_found_by_its_path_and_lets_people_in() {
    let (app, realm) = start_keycloak(|_| ()).await;
    let page = app.client().get("/sign-in/with").await;
    assert!(page.body.contains("Keycloak"), "{}", page.body);
    let visit = Visit::begin(&app).await;
    assert!(visit.request.as_str().starts_with(&format!("{}/authorize?", realm.issuer)), "{}", visit.request);
    assert_eq!(visit.asked("scope"), "openid profile email");
    let answer = visit.agree(&realm).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/ratings"), "{answer:?}");
    assert_eq!(realm.asked("/.well-known/openid-configuration"), 1);
    let export = visit.browser.get("/account/data/matinee.json").await.json();
    let linked = &export["sign_in"]["linked_accounts"][0];
    assert_eq!((&linked["issuer"], &linked["subject"]), (&json!(realm.issuer), &json!("subject-1")));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_realm_of_the_same_keycloak_is_another_issuer() {
    let (app, realm) = start_keycloak(|_| ()).await;
    let other = realm.issuer.replace(REALM, "/realms/other");
    let named = other.clone();
    realm.claim(move |claims| claims["iss"] = json!(named));
    let visit = Visit::begin(&app).await;
    let answer = visit.agree(&realm).await;
    visit.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;

    // Nor is it believed of a realm that it is another one.
    let (app, realm) = start_keycloak(|_| ()).await;
    realm.with(|book| book.discovery["issuer"] = json!(other));
    let answer = app.client().get("/sign-in/with/one").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::BAD_GATEWAY, ""), "{answer:?}");

    // A host without a realm is no issuer: there is nothing to be found.
    let (app, realm) = start_keycloak(|config| {
        let issuer = &mut config.sign_in.providers[0].issuer;
        *issuer = issuer.replace(REALM, "");
    })
    .await;
    let answer = app.client().get("/sign-in/with/one").await;
    assert_eq!((answer.status, realm.asked("/.well-known/openid-configuration")), (StatusCode::BAD_GATEWAY, 0));
}
