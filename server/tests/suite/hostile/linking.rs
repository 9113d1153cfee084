//! Linking accounts at providers, and taking that away: with proof, for oneself alone, and never the last way in.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, StatusCode},
};
use serde_json::json;

use super::{
    provider::Hostile,
    visit::{Visit, start, start_with, who},
};
use crate::support::{Answer, Client, post};

/// Begins to link the account at `one`.
async fn begin_to_link(browser: Client<'_>) -> Visit<'_> {
    let answer = post(&browser, "/account/security/link/one", &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let address = answer.body.split("0;url=").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    Visit { browser, request: address.parse().unwrap() }
}

async fn unlink(browser: &Client<'_>, provider: &Hostile) -> Answer {
    let form = [("issuer", provider.issuer.as_str()), ("subject", "subject-1")];
    post(browser, "/account/security/unlink", &form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_linked_account_lets_its_person_in_until_it_is_unlinked() {
    let (app, provider) = start().await;
    let visit = begin_to_link(app.signed_in("bo").await).await;
    let before = visit.browser.cookie("matinee_session");
    let answer = visit.agree(&provider).await;
    assert_eq!(answer.header("location"), "/account/security?said=linked", "{answer:?}");
    assert_ne!(visit.browser.cookie("matinee_session"), before, "the session may do more, so it is another");
    let page = visit.browser.get("/account/security").await;
    assert!(page.body.contains("Unlink"), "{}", page.body);

    let elsewhere = Visit::begin(&app).await;
    elsewhere.agree(&provider).await;
    assert_eq!(elsewhere.who().await.as_deref(), Some("bo"));
    assert_eq!(unlink(&visit.browser, &provider).await.header("location"), "/account/security?said=unlinked");
    let after = Visit::begin(&app).await;
    after.agree(&provider).await;
    assert_eq!(after.who().await.as_deref(), Some("Ada"), "an account of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_way_in_cannot_be_taken_away() {
    let (app, provider) = start().await;
    let visit = Visit::begin(&app).await;
    visit.agree(&provider).await;
    assert_eq!(unlink(&visit.browser, &provider).await.status, StatusCode::CONFLICT);
    let again = Visit::begin(&app).await;
    again.agree(&provider).await;
    assert_eq!(again.browser.get("/api/v1/me").await.json(), visit.browser.get("/api/v1/me").await.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_links_or_unlinks_long_after_signing_in() {
    let (app, provider) = start().await;
    let visit = begin_to_link(app.signed_in("bo").await).await;
    visit.agree(&provider).await;
    app.clock.advance_seconds(601);
    for (path, form) in [
        ("/account/security/link/other", vec![]),
        ("/account/security/unlink", vec![("issuer", provider.issuer.as_str()), ("subject", "subject-1")]),
        ("/account/security/password", vec![("current", "correct horse"), ("password", "another horse")]),
    ] {
        let answer = post(&visit.browser, path, &form).await;
        assert_eq!(answer.header("location"), "/account/security?said=prove", "{path}");
    }
    let elsewhere = Visit::begin(&app).await;
    provider.with(|book| book.now += 601);
    elsewhere.agree(&provider).await;
    assert_eq!(elsewhere.who().await.as_deref(), Some("bo"), "still linked");
}

/// The attacker begins to link, and has the victim's browser come back with the attacker's answer.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_linked_to_anothers_account_by_anothers_answer() {
    let (app, provider) = start().await;
    let attacker = begin_to_link(app.signed_in("eve").await).await;
    let pairs = provider.agree(&attacker.request);
    let victim = Visit { browser: app.signed_in("victim").await, request: attacker.request.clone() };
    assert_eq!(victim.come_back(&pairs).await.status, StatusCode::BAD_REQUEST);
    let after = Visit::begin(&app).await;
    after.agree(&provider).await;
    assert_eq!(after.who().await.as_deref(), Some("Ada"), "linked to nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_to_link_ends_with_the_session_it_was_begun_in() {
    let (app, provider) = start().await;
    let visit = begin_to_link(app.signed_in("bo").await).await;
    let pairs = provider.agree(&visit.request);
    visit.browser.send(Method::DELETE, "/api/v1/session", None).await;
    let answer = visit.come_back(&pairs).await;
    visit.assert_refused(&answer, StatusCode::BAD_REQUEST).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_linked_to_one_is_not_taken_by_another() {
    let (app, provider) = start().await;
    let owner = begin_to_link(app.signed_in("bo").await).await;
    owner.agree(&provider).await;
    let thief = begin_to_link(app.signed_in("eve").await).await;
    assert_eq!(thief.agree(&provider).await.status, StatusCode::CONFLICT);
    assert_eq!(unlink(&thief.browser, &provider).await.status, StatusCode::NOT_FOUND);
    let elsewhere = Visit::begin(&app).await;
    elsewhere.agree(&provider).await;
    assert_eq!(elsewhere.who().await.as_deref(), Some("bo"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_can_neither_begin_to_link_nor_unlink() {
    let (app, provider) = start().await;
    let browser = app.signed_in("bo").await;
    assert_eq!(browser.get("/account/security/link/one").await.status, StatusCode::METHOD_NOT_ALLOWED);
    for path in ["/account/security/link/one", "/account/security/unlink", "/account/security/sessions/end-others"] {
        let request = Request::post(path)
            .header("origin", "https://evil.example")
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("issuer={}&subject=subject-1", provider.issuer)));
        assert_eq!(browser.request(request.unwrap()).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_are_sent_to_sign_in_first() {
    let (app, _provider) = start().await;
    let visitor = app.client();
    let answer = visitor.get("/account/security").await;
    assert_eq!(answer.header("location"), "/sign-in?back=%2Faccount%2Fsecurity");
    assert!(post(&visitor, "/account/security/link/one", &[]).await.header("location").starts_with("/sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_clashes_can_be_linked_after_signing_in() {
    let (app, provider) = start().await;
    provider.with(|book| book.profile = json!({ "name": "Bo", "email": "bo@example.org", "email_verified": true }));
    let owner = app.signed_in("bo").await;
    let clash = Visit::begin(&app).await;
    let answer = clash.agree(&provider).await;
    clash.assert_refused(&answer, StatusCode::CONFLICT).await;
    assert!(answer.body.contains("/sign-in?back=%2Faccount%2Fsecurity"), "{}", answer.body);
    begin_to_link(owner).await.agree(&provider).await;
    let again = Visit::begin(&app).await;
    again.agree(&provider).await;
    assert_eq!(again.who().await.as_deref(), Some("bo"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended_at_once() {
    let (app, provider, _) = start_with(|_| ()).await;
    let (desk, phone) = (Visit::begin(&app).await, Visit::begin(&app).await);
    desk.agree(&provider).await;
    phone.agree(&provider).await;
    let page = desk.browser.get("/account/security").await;
    let secret = phone.browser.cookie("matinee_session").unwrap();
    assert!(!page.body.contains(&secret), "a session's id is nobody's business");
    let mut paths = page.body.split("action=\"").map(|rest| rest.split('"').next().unwrap());
    let path = paths.find(|path| path.ends_with("/end")).unwrap().to_owned();
    let stranger = app.signed_in("eve").await;
    assert_eq!(post(&stranger, &path, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(phone.who().await.as_deref(), Some("Ada"));
    assert_eq!(post(&desk.browser, &path, &[]).await.header("location"), "/account/security?said=ended");
    assert_eq!((who(&desk.browser).await.as_deref(), phone.who().await), (Some("Ada"), None));

    let again = Visit::begin(&app).await;
    again.agree(&provider).await;
    post(&desk.browser, "/account/security/sessions/end-others", &[]).await;
    assert_eq!((who(&desk.browser).await.as_deref(), again.who().await), (Some("Ada"), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_other_sessions() {
    let (app, _provider) = start().await;
    let (desk, phone) = (app.signed_in("bo").await, app.client());
    let credentials = json!({ "email": "bo@example.org", "password": "correct horse" });
    phone.send(Method::POST, "/api/v1/session", Some(credentials.clone())).await;
    let set = async |current: &str, new: &str| {
        post(&desk, "/account/security/password", &[("current", current), ("password", new)]).await
    };
    for (current, new) in [("wrong horse", "another horse"), ("correct horse", "password1"), ("correct horse", "short")]
    {
        assert_eq!(set(current, new).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{current}, {new}");
    }
    assert_eq!(who(&phone).await.as_deref(), Some("bo"));
    assert_eq!(set("correct horse", "another horse").await.header("location"), "/account/security?said=password");
    assert_eq!((who(&desk).await.as_deref(), who(&phone).await), (Some("bo"), None));
    let old = phone.send(Method::POST, "/api/v1/session", Some(credentials)).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_half_a_year_after_the_sign_in_however_much_it_is_used() {
    let (app, _provider) = start().await;
    let browser = app.signed_in("bo").await;
    for _ in 0..8 {
        app.clock.advance_days(20);
        assert_eq!(who(&browser).await.as_deref(), Some("bo"));
    }
    app.clock.advance_days(20);
    assert_eq!(who(&browser).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_common_password_is_refused_at_registration() {
    let (app, _provider) = start().await;
    let account = json!({ "name": "Bo", "email": "bo@example.org", "password": "Password1" });
    let answer = app.client().send(Method::POST, "/api/v1/accounts", Some(account)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("too_common"), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_passwords_waits_longer_each_time() {
    let (app, _provider) = start().await;
    app.signed_in("bo").await;
    let guesser = app.client();
    for email in ["bo@example.org", "nobody@example.org"] {
        let guess = async |password: &str| {
            let credentials = json!({ "email": email, "password": password });
            guesser.send(Method::POST, "/api/v1/session", Some(credentials)).await.status
        };
        for _ in 0..5 {
            assert_eq!(guess("wrong horse").await, StatusCode::UNAUTHORIZED);
        }
        // Even the right one has to wait now, or waiting would tell that it is.
        assert_eq!(guess("correct horse").await, StatusCode::TOO_MANY_REQUESTS, "{email}");
        app.clock.advance_seconds(1);
        assert_eq!(guess("wrong horse").await, StatusCode::UNAUTHORIZED);
        app.clock.advance_seconds(1);
        assert_eq!(guess("wrong horse").await, StatusCode::TOO_MANY_REQUESTS, "two seconds now");
        app.clock.advance_seconds(1);
        let right = if email.starts_with("bo") { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        assert_eq!(guess("correct horse").await, right);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_a_password_is_deleted_after_a_recent_sign_in() {
    let (app, provider) = start().await;
    let visit = Visit::begin(&app).await;
    visit.agree(&provider).await;
    let delete = async || post(&visit.browser, "/account/security/delete", &[("confirm", "1")]).await;
    assert_eq!(post(&visit.browser, "/account/security/delete", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.clock.advance_seconds(601);
    assert_eq!(delete().await.header("location"), "/account/security?said=prove");
    provider.with(|book| book.now += 601);
    let again = Visit::begin(&app).await;
    again.agree(&provider).await;
    let answer = post(&again.browser, "/account/security/delete", &[("confirm", "1")]).await;
    assert_eq!(answer.header("location"), "/", "{answer:?}");
    assert_eq!((visit.who().await, again.who().await), (None, None));

    let with_password = app.signed_in("bo").await;
    let refused = post(&with_password, "/account/security/delete", &[("confirm", "1")]).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(who(&with_password).await.as_deref(), Some("bo"));
}

#[tokio::test(flavor = "multi_thread")]
async fn going_to_a_provider_is_a_try_to_sign_in_and_coming_back_is_a_change() {
    let (app, _, _) = start_with(|config| {
        config.limits.sign_ins_per_minute = 2;
        config.limits.changes_per_minute = 4;
    })
    .await;
    let browser = app.client();
    let ask = async |path: &str, site: &str| {
        let from = ConnectInfo::<SocketAddr>("203.0.113.9:4711".parse().unwrap());
        let request = Request::get(path).header("sec-fetch-site", site).extension(from).body(Body::empty());
        browser.request(request.unwrap()).await.status
    };
    for _ in 0..2 {
        assert_eq!(ask("/sign-in/with/one", "none").await, StatusCode::SEE_OTHER);
    }
    assert_eq!(ask("/sign-in/with/one", "none").await, StatusCode::TOO_MANY_REQUESTS);
    // Another site uses up nobody's tries, and the page with the buttons only reads.
    assert_eq!(ask("/sign-in/with/one", "cross-site").await, StatusCode::SEE_OTHER);
    assert_eq!(ask("/sign-in/with", "none").await, StatusCode::OK);
    for _ in 0..2 {
        let back = ask("/sign-in/with/one/callback?code=a&state=made-up", "cross-site").await;
        assert_eq!(back, StatusCode::BAD_REQUEST);
    }
    let back = ask("/sign-in/with/one/callback?code=a&state=made-up", "cross-site").await;
    assert_eq!(back, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_signs_nobody_in_whom_the_provider_would_let_through() {
    let (app, provider) = start().await;
    let browser = app.client();
    for site in ["cross-site", "same-site"] {
        let led = Request::get("/sign-in/with/one").header("sec-fetch-site", site).body(Body::empty());
        let answer = browser.request(led.unwrap()).await;
        assert_eq!(answer.header("location"), "/sign-in/with", "to the buttons: {answer:?}");
    }
    assert_eq!(provider.asked("/token"), 0);
    for site in ["same-origin", "none"] {
        let chosen = Request::get("/sign-in/with/one").header("sec-fetch-site", site).body(Body::empty());
        let answer = browser.request(chosen.unwrap()).await;
        assert!(answer.header("location").starts_with(&provider.issuer), "{site}: {answer:?}");
    }
}
