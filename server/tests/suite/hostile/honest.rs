//! What has to work, or a refusal would show nothing.

use axum::http::StatusCode;
use matinee_domain::Role;
use serde_json::json;

use super::{
    provider::KID,
    token::RsaKey,
    visit::{Visit, start, start_with, who},
};
use crate::support::{ORIGIN, post};

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_provider_lets_people_in_and_they_go_on_where_they_were() {
    let (app, provider) = start().await;
    let visit = Visit::begin(&app).await;
    let answer = visit.agree(&provider).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/ratings"));
    assert_eq!(visit.who().await.as_deref(), Some("Ada"));
    let id = visit.browser.get("/api/v1/me").await.json()["id"].clone();
    let again = Visit::begin(&app).await;
    again.agree(&provider).await;
    assert_eq!(again.browser.get("/api/v1/me").await.json()["id"], id, "the same person, the same account");
    provider.with(|book| book.subject = "subject-2".into());
    let other = Visit::begin(&app).await;
    other.agree(&provider).await;
    assert_ne!(other.browser.get("/api/v1/me").await.json()["id"], id, "another person, another account");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_without_an_address_takes_their_data_along_and_is_found_by_admins() {
    let (app, provider) = start().await;
    provider.with(|book| book.profile = json!({ "name": "Kim" }));
    let visit = Visit::begin(&app).await;
    visit.agree(&provider).await;
    let export = visit.browser.get("/account/data/matinee.json").await;
    assert_eq!(export.status, StatusCode::OK, "{export:?}");
    let export = export.json();
    assert_eq!((&export["account"]["name"], &export["role"]), (&json!("Kim"), &json!("member")));
    let linked = &export["sign_in"]["linked_accounts"][0];
    assert_eq!((&linked["issuer"], &linked["subject"]), (&json!(provider.issuer), &json!("subject-1")));

    let admin = app.signed_in("ada").await;
    app.give_role("ada", Role::Admin).await;
    let id = export["account"]["id"].as_str().unwrap();
    let list = admin.get("/admin/people?q=kim").await;
    assert!(list.body.contains(&format!("/admin/people/{id}")), "{}", list.body);
    let page = format!("/admin/people/{id}");
    assert!(admin.get(&page).await.body.contains("Kim"));
    let given = post(&admin, &format!("{page}/role"), &[("role", "editor")]).await;
    assert_eq!(given.header("location"), format!("{page}?said=role"), "{given:?}");
    let ended = post(&admin, &format!("{page}/sessions/end"), &[]).await;
    assert_eq!(ended.header("location"), format!("{page}?said=sessions-ended"), "{ended:?}");
    let deleted = post(&admin, &format!("{page}/delete"), &[("confirm", "1")]).await;
    assert_eq!(deleted.header("location"), "/admin/people?said=deleted", "{deleted:?}");
    assert!(!admin.get("/admin/people?q=kim").await.body.contains(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rsa_signature_is_taken_too() {
    let (app, provider) = start().await;
    let key = RsaKey::new();
    provider.with(|book| book.keys = vec![key.jwk(KID)]);
    provider.forge(move |_, mut token| {
        token.header["alg"] = json!("RS256");
        token.with_signature(|text| key.sign(text))
    });
    let visit = Visit::begin(&app).await;
    visit.agree(&provider).await;
    assert_eq!(visit.who().await.as_deref(), Some("Ada"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_of_the_provider_is_found() {
    let (app, provider) = start().await;
    let visit = Visit::begin(&app).await;
    visit.agree(&provider).await;
    app.clock.advance_seconds(60);
    provider.with(|book| {
        book.now += 60;
        book.key = super::EcKey::new();
        book.keys.push(book.key.jwk("key-2"));
    });
    provider.forge(|book, mut token| {
        token.header["kid"] = json!("key-2");
        token.with_signature(|text| book.key.sign(text))
    });
    let visit = Visit::begin(&app).await;
    visit.agree(&provider).await;
    assert_eq!(visit.who().await.as_deref(), Some("Ada"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_tells_names_only_when_asked_is_asked() {
    let (app, provider) = start().await;
    provider.with(|book| book.profile = json!({}));
    let visit = Visit::begin(&app).await;
    visit.agree(&provider).await;
    assert_eq!(visit.who().await.as_deref(), Some("Ada of the user info"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_providers_are_two_worlds() {
    let (app, one, other) = start_with(|_| ()).await;
    let first = Visit::begin(&app).await;
    first.agree(&one).await;
    // The same subject at another issuer is somebody else.
    other.with(|book| book.profile = json!({ "name": "Not Ada" }));
    let second = Visit::begin_in(app.client(), "other").await;
    let answer = second.come_back_at("other", &other.agree(&second.request)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    assert_eq!(second.who().await.as_deref(), Some("Not Ada"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_is_a_new_one_after_signing_in() {
    let (app, provider) = start().await;
    let browser = app.signed_in("bo").await;
    let before = browser.cookie("matinee_session");
    let visit = Visit::begin_in(browser, "one").await;
    visit.agree(&provider).await;
    assert_ne!(visit.browser.cookie("matinee_session"), before);
    assert_eq!(visit.who().await.as_deref(), Some("Ada"));
    // The one before is worth nothing any more.
    let old = app.client();
    old.set_cookie("matinee_session", &before.unwrap());
    assert_eq!(who(&old).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_secrets_stay_on_the_server() {
    let (app, provider) = start().await;
    let visit = Visit::begin(&app).await;
    let answer = visit.agree(&provider).await;
    let tokens: serde_json::Value = serde_json::from_str(&provider.with(|book| book.last_tokens.clone())).unwrap();
    let page = visit.browser.get("/").await;
    for text in [format!("{answer:?}"), format!("{page:?}"), visit.request.to_string(), format!("{:?}", app.config)] {
        for secret in [tokens["id_token"].as_str().unwrap(), "an access token", super::provider::SECRET] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert!(visit.asked("redirect_uri").starts_with(ORIGIN));
}
