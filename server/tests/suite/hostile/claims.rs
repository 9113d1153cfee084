//! ID tokens with a good signature and false claims.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::visit::{Visit, refused, start, start_with};

/// A token with these claims changed lets nobody in.
async fn refused_with(change: impl Fn(&mut Value) + Send + Sync + 'static) {
    refused(StatusCode::BAD_GATEWAY, |provider| provider.claim(change)).await;
}

fn now(claims: &Value) -> i64 {
    claims["iat"].as_i64().unwrap()
}

macro_rules! false_claims {
    ($($name:ident: $change:expr;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                refused_with($change).await;
            }
        )*
    };
}

fn without(claims: &mut Value, name: &str) {
    claims.as_object_mut().unwrap().remove(name);
}

false_claims! {
    a_token_of_another_issuer_is_refused: |claims| claims["iss"] = json!("https://accounts.google.com");
    a_token_whose_issuer_ends_in_a_slash_is_refused: |claims| claims["iss"] = json!(format!("{}/", claims["iss"].as_str().unwrap()));
    a_token_without_issuer_is_refused: |claims| without(claims, "iss");
    a_token_for_another_client_is_refused: |claims| claims["aud"] = json!("another client");
    a_token_for_others_too_is_refused: |claims| claims["aud"] = json!(["films", "another client"]);
    a_token_for_nobody_is_refused: |claims| claims["aud"] = json!([]);
    a_token_without_audience_is_refused: |claims| without(claims, "aud");
    a_token_that_another_party_asked_for_is_refused: |claims| claims["azp"] = json!("another client");
    a_token_that_has_expired_is_refused: |claims| claims["exp"] = json!(now(claims) - 1);
    a_token_that_expires_right_now_is_refused: |claims| claims["exp"] = json!(now(claims));
    a_token_that_never_expires_is_refused: |claims| without(claims, "exp");
    a_token_that_is_not_valid_yet_is_refused: |claims| claims["nbf"] = json!(now(claims) + 600);
    a_token_of_tomorrow_is_refused: |claims| claims["iat"] = json!(now(claims) + 86_400);
    a_token_of_yesterday_is_refused: |claims| claims["iat"] = json!(now(claims) - 86_400);
    a_token_of_no_time_is_refused: |claims| without(claims, "iat");
    a_token_without_nonce_is_refused: |claims| without(claims, "nonce");
    a_token_with_another_nonce_is_refused: |claims| claims["nonce"] = json!("another");
    a_token_about_nobody_is_refused: |claims| without(claims, "sub");
    a_token_about_the_empty_subject_is_refused: |claims| claims["sub"] = json!("");
    a_token_with_an_endless_subject_is_refused: |claims| claims["sub"] = json!("x".repeat(10_000));
    a_token_whose_subject_holds_control_characters_is_refused: |claims| claims["sub"] = json!("subject-1\u{0}");
    a_token_of_another_access_token_is_refused: |claims| claims["at_hash"] = json!("dNZX1hEZ9wBCzNL40Upu646bdzQA");
    a_token_whose_claims_have_wrong_types_is_refused: |claims| claims["exp"] = json!({ "in": "a year" });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_one_provider_is_worth_nothing_at_another() {
    let (app, one, other) = start_with(|_| ()).await;
    // `one` hands on a token that `other` made for the same person and client.
    let (key, issuer) = other.with(|book| (std::mem::replace(&mut book.key, super::EcKey::new()), book.issuer.clone()));
    one.forge(move |_, mut token| {
        token.claims["iss"] = json!(issuer);
        token.with_signature(|text| key.sign(text))
    });
    let visit = Visit::begin(&app).await;
    let answer = visit.agree(&one).await;
    visit.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verified_address_that_has_an_account_is_not_merged() {
    let (app, provider) = start().await;
    let victim = app.signed_in("victim").await;
    provider.with(|book| book.profile = json!({ "name": "V", "email": "Victim@Example.org", "email_verified": true }));
    let visit = Visit::begin(&app).await;
    let answer = visit.agree(&provider).await;
    visit.assert_refused(&answer, StatusCode::CONFLICT).await;
    assert_eq!(super::visit::who(&victim).await.as_deref(), Some("victim"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_nobody_has_verified_is_not_taken_for_theirs() {
    let (app, provider) = start().await;
    app.signed_in("victim").await;
    for verified in [json!(false), json!(null)] {
        provider.with(|book| {
            book.profile = json!({ "name": "V", "email": "victim@example.org", "email_verified": verified });
        });
        let visit = Visit::begin(&app).await;
        let answer = visit.agree(&provider).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        // An account of its own, which says nothing of that address.
        let me = visit.browser.get("/api/v1/me").await.json();
        assert_eq!((me["name"].as_str(), me["email"].as_str()), (Some("V"), Some("")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn user_info_about_somebody_else_is_refused() {
    let (app, provider) = start().await;
    provider.with(|book| book.profile = json!({}));
    for told in [json!({ "sub": "subject-2", "name": "Eve" }), json!({ "name": "Eve" }), json!([])] {
        provider.with(|book| book.user_info = told);
        let visit = Visit::begin(&app).await;
        let answer = visit.agree(&provider).await;
        visit.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_markup_stays_text() {
    let (app, provider) = start().await;
    provider.with(|book| book.profile = json!({ "name": "<script>alert(1)</script>\u{202e}" }));
    let visit = Visit::begin(&app).await;
    visit.agree(&provider).await;
    let page = visit.browser.get("/account").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
}
