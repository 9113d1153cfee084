//! What comes back through the browser: states, codes, issuers and browsers that don't belong together.

use axum::http::StatusCode;

use super::{
    Hostile,
    provider::CLIENT,
    visit::{Visit, refused, start, start_with, who},
};

const NO_ATTEMPT: StatusCode = StatusCode::BAD_REQUEST;

/// Begins, changes the parameters that the browser comes back with, and must be refused.
async fn refused_coming_back(status: StatusCode, change: impl FnOnce(&mut Vec<(String, String)>)) {
    let (app, provider) = start().await;
    let visit = Visit::begin(&app).await;
    let mut pairs = provider.agree(&visit.request);
    change(&mut pairs);
    let answer = visit.come_back(&pairs).await;
    visit.assert_refused(&answer, status).await;
    assert_eq!(provider.asked("/token"), 0, "the code is not even exchanged");
}

fn set(pairs: &mut [(String, String)], name: &str, value: &str) {
    value.clone_into(&mut pairs.iter_mut().find(|(key, _)| key == name).unwrap().1);
}

fn drop_it(pairs: &mut Vec<(String, String)>, name: &str) {
    pairs.retain(|(key, _)| key != name);
}

fn add(pairs: &mut Vec<(String, String)>, name: &str, value: &str) {
    pairs.push((name.to_owned(), value.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_state_is_refused() {
    refused_coming_back(NO_ATTEMPT, |pairs| drop_it(pairs, "state")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_a_made_up_state_is_refused() {
    refused_coming_back(NO_ATTEMPT, |pairs| set(pairs, "state", "made-up")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_an_endless_state_is_refused() {
    refused_coming_back(NO_ATTEMPT, |pairs| set(pairs, "state", &"x".repeat(5_000))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_two_states_is_refused() {
    refused_coming_back(NO_ATTEMPT, |pairs| add(pairs, "state", "another")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_two_codes_is_refused() {
    refused_coming_back(NO_ATTEMPT, |pairs| add(pairs, "code", "another")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_a_code_and_an_error_is_refused() {
    refused_coming_back(StatusCode::BAD_GATEWAY, |pairs| add(pairs, "error", "access_denied")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_code_is_refused() {
    refused_coming_back(StatusCode::BAD_GATEWAY, |pairs| drop_it(pairs, "code")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_an_empty_code_is_refused() {
    refused_coming_back(StatusCode::BAD_GATEWAY, |pairs| set(pairs, "code", "")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_that_was_refused_lets_nobody_in() {
    refused_coming_back(StatusCode::FORBIDDEN, |pairs| {
        drop_it(pairs, "code");
        add(pairs, "error", "access_denied");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_the_provider_are_not_put_on_the_page() {
    let (app, provider) = start().await;
    let visit = Visit::begin(&app).await;
    let mut pairs = provider.agree(&visit.request);
    drop_it(&mut pairs, "code");
    add(&mut pairs, "error", "<script>alert(1)</script>");
    add(&mut pairs, "error_description", "Call 0900 to get your account back");
    let answer = visit.come_back(&pairs).await;
    visit.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
    assert!(!answer.body.contains("alert(1)") && !answer.body.contains("Call 0900"), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_names_another_issuer_is_refused() {
    refused_coming_back(StatusCode::BAD_GATEWAY, |pairs| set(pairs, "iss", "https://accounts.google.com")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_issuer_ends_in_a_slash_is_refused() {
    refused_coming_back(StatusCode::BAD_GATEWAY, |pairs| {
        let issuer = format!("{}/", pairs.iter().find(|(key, _)| key == "iss").unwrap().1);
        set(pairs, "iss", &issuer);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_lacks_the_issuer_that_the_provider_promises_is_refused() {
    refused_coming_back(StatusCode::BAD_GATEWAY, |pairs| drop_it(pairs, "iss")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_worth_nothing_a_second_time() {
    let (app, provider) = start().await;
    provider.with(|book| book.is_careless = true);
    let visit = Visit::begin(&app).await;
    let pairs = provider.agree(&visit.request);
    let attempt = visit.browser.cookie("matinee_attempt").unwrap();
    assert_eq!(visit.come_back(&pairs).await.status, StatusCode::SEE_OTHER);
    visit.browser.forget_cookies();
    visit.browser.set_cookie("matinee_attempt", &attempt);
    let again = visit.come_back(&pairs).await;
    visit.assert_refused(&again, NO_ATTEMPT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_refused_is_worth_nothing_either() {
    let (app, provider) = start().await;
    let visit = Visit::begin(&app).await;
    let pairs = provider.agree(&visit.request);
    let attempt = visit.browser.cookie("matinee_attempt").unwrap();
    let mut wrong = pairs.clone();
    set(&mut wrong, "iss", "https://accounts.google.com");
    visit.come_back(&wrong).await;
    visit.browser.set_cookie("matinee_attempt", &attempt);
    let again = visit.come_back(&pairs).await;
    visit.assert_refused(&again, NO_ATTEMPT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_late_is_refused() {
    let (app, provider) = start().await;
    let visit = Visit::begin(&app).await;
    let pairs = provider.agree(&visit.request);
    app.clock.advance_seconds(600);
    let answer = visit.come_back(&pairs).await;
    visit.assert_refused(&answer, NO_ATTEMPT).await;
}

/// Login CSRF: the attacker has somebody's browser open the address that would sign in the attacker.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_signed_in_by_anothers_answer() {
    let (app, provider) = start().await;
    let attacker = Visit::begin(&app).await;
    let pairs = provider.agree(&attacker.request);
    let victim = Visit { browser: app.client(), request: attacker.request.clone() };
    let answer = victim.come_back(&pairs).await;
    victim.assert_refused(&answer, NO_ATTEMPT).await;
}

/// The same against somebody who has just begun to sign in.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_signed_in_by_anothers_answer_while_signing_in() {
    let (app, provider) = start().await;
    let attacker = Visit::begin(&app).await;
    let victim = Visit::begin(&app).await;
    let answer = victim.come_back(&provider.agree(&attacker.request)).await;
    victim.assert_refused(&answer, NO_ATTEMPT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_second_cookie_is_not_believed() {
    let (app, provider) = start().await;
    let attacker = Visit::begin(&app).await;
    let theirs = attacker.browser.cookie("matinee_attempt").unwrap();
    let victim = Visit::begin(&app).await;
    let own = victim.browser.cookie("matinee_attempt").unwrap();
    victim.browser.set_cookie("matinee_attempt", &format!("{theirs}; matinee_attempt={own}"));
    let answer = victim.come_back(&provider.agree(&attacker.request)).await;
    victim.assert_refused(&answer, NO_ATTEMPT).await;
}

/// Code injection: a stolen code in an attempt of the attacker's own.
#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_code_does_not_fit_another_attempt() {
    let (app, provider) = start().await;
    let victim = Visit::begin(&app).await;
    let stolen = provider.agree(&victim.request)[0].1.clone();
    let attacker = Visit::begin(&app).await;
    let mut pairs = provider.agree(&attacker.request);
    set(&mut pairs, "code", &stolen);
    let answer = attacker.come_back(&pairs).await;
    attacker.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
}

/// The same where the provider checks neither PKCE nor that a code is used once: the nonce tells.
#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_code_does_not_fit_another_attempt_at_a_careless_provider() {
    let (app, provider) = start().await;
    provider.with(|book| book.is_careless = true);
    let victim = Visit::begin(&app).await;
    let pairs = provider.agree(&victim.request);
    let stolen = pairs[0].1.clone();
    victim.come_back(&pairs).await;
    let attacker = Visit::begin(&app).await;
    let mut pairs = provider.agree(&attacker.request);
    set(&mut pairs, "code", &stolen);
    let answer = attacker.come_back(&pairs).await;
    attacker.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_up_code_is_refused() {
    let (app, provider) = start().await;
    let visit = Visit::begin(&app).await;
    let mut pairs = provider.agree(&visit.request);
    set(&mut pairs, "code", "made-up");
    let answer = visit.come_back(&pairs).await;
    visit.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
}

/// Mix-up (RFC 9700, section 4.4): the attacker's provider sends the browser on to the honest one, to be given its code.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_one_provider_does_not_end_an_attempt_at_another() {
    let (app, one, other) = start_with(|_| ()).await;
    let visit = Visit::begin(&app).await;
    let pairs = one.agree(&visit.request);
    let answer = visit.come_back_at("other", &pairs).await;
    visit.assert_refused(&answer, NO_ATTEMPT).await;
    assert_eq!((one.asked("/token"), other.asked("/token")), (0, 0), "nobody is shown the code");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_one_provider_is_not_shown_to_another() {
    let (app, one, other) = start_with(|_| ()).await;
    let visit = Visit::begin_in(app.client(), "other").await;
    // The code and the issuer are those of `one`, the state is that of the attempt at `other`.
    let pairs = one.agree(&visit.request);
    let answer = visit.come_back_at("other", &pairs).await;
    visit.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
    assert_eq!(other.asked("/token"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_a_provider_that_does_not_exist_is_refused() {
    let (app, provider) = start().await;
    let visit = Visit::begin(&app).await;
    let answer = visit.come_back_at("third", &provider.agree(&visit.request)).await;
    visit.assert_refused(&answer, StatusCode::NOT_FOUND).await;
    assert_eq!(app.client().get("/sign-in/with/third").await.status, StatusCode::NOT_FOUND);
}

/// Open redirect: afterwards people go on to paths of this site alone.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_to_another_site_afterwards() {
    let (app, provider) = start().await;
    for back in
        ["//evil.example", "https://evil.example", "/%5Cevil.example", "javascript:alert(1)", "/a%0d%0aSet-Cookie:x=1"]
    {
        let browser = app.client();
        let answer = browser.get(&format!("/sign-in/with/one?back={back}")).await;
        let request = answer.header("location").parse().unwrap();
        let visit = Visit { browser, request };
        let answer = visit.agree(&provider).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/"), "{back}");
    }
}

/// Every attempt has secrets of its own.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_attempt_can_be_foreseen() {
    let (app, _provider) = start().await;
    let visits = [Visit::begin(&app).await, Visit::begin(&app).await];
    for name in ["state", "nonce", "code_challenge"] {
        let [first, second] = visits.each_ref().map(|visit| visit.asked(name));
        assert_ne!(first, second, "{name}");
        assert!(first.len() >= 43, "{name} has 256 bits: {first}");
    }
    assert_ne!(visits[0].browser.cookie("matinee_attempt"), visits[1].browser.cookie("matinee_attempt"));
    assert_eq!(visits[0].asked("client_id"), CLIENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_in_stays_so_when_an_answer_is_refused() {
    let (app, provider) = start().await;
    let visit = Visit::begin_in(app.signed_in("bo").await, "one").await;
    let mut pairs = provider.agree(&visit.request);
    set(&mut pairs, "state", "made-up");
    assert_eq!(visit.come_back(&pairs).await.status, NO_ATTEMPT);
    assert_eq!(who(&visit.browser).await.as_deref(), Some("bo"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_endpoint_that_refuses_lets_nobody_in() {
    refused(StatusCode::BAD_GATEWAY, |provider: &Hostile| {
        provider.reply("/token", || {
            use axum::response::IntoResponse;
            (StatusCode::UNAUTHORIZED, [("content-type", "application/json")], r#"{"error":"invalid_client"}"#)
                .into_response()
        });
    })
    .await;
}
