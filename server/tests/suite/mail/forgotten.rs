//! A new password in place of a forgotten one.

use axum::http::StatusCode;
use matinee_domain::Email;
use matinee_services::ports::{Clock, PeopleRepository, SecondFactorRepository};

use super::{forget, is_signed_in, post, sign_in, start};
use crate::support::TestApp;

const ADA: &str = "ada@example.org";

async fn reset(app: &TestApp, token: &str, password: &str) -> StatusCode {
    post(&app.client(), "/sign-in/reset", &[("token", token), ("password", password)]).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_set_by_the_letter_once_and_everybody_is_signed_out() {
    let (app, server) = start().await;
    let (desk, phone) = (app.signed_in("ada").await, app.sign_in("ada").await);
    let page = forget(&app.client(), ADA).await;
    assert!(page.body.contains("Look into your mailbox"), "{}", page.body);
    let token = server.take(ADA, "new password").await.token();

    let browser = app.client();
    let link = format!("/sign-in/reset?token={token}");
    for _ in 0..2 {
        let page = browser.get(&link).await;
        assert_eq!(page.status, StatusCode::OK, "looking uses nothing up");
        assert!(page.body.contains(ADA) && page.header("cache-control").contains("no-store"));
    }
    for weak in ["short", "password1"] {
        assert_eq!(reset(&app, &token, weak).await, StatusCode::UNPROCESSABLE_ENTITY, "{weak}");
    }
    assert_eq!(sign_in(&app, ADA, "correct horse").await, StatusCode::OK, "not yet");
    assert_eq!(reset(&app, &token, "another horse").await, StatusCode::OK);
    assert!(!is_signed_in(&desk).await && !is_signed_in(&phone).await);
    assert_eq!(sign_in(&app, ADA, "correct horse").await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&app, ADA, "another horse").await, StatusCode::OK);
    assert_eq!(reset(&app, &token, "a third horse").await, StatusCode::BAD_REQUEST, "used");
    assert_eq!(browser.get(&link).await.status, StatusCode::BAD_REQUEST);
    server.take(ADA, "Your password was changed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn known_and_unknown_addresses_get_the_same_answer() {
    let (app, server) = start().await;
    app.signed_in("ada").await;
    server.take(ADA, "your e-mail address").await;
    let plain = |page: crate::support::Answer| {
        // But for what is new on each page.
        let nonce = page
            .header("content-security-policy")
            .split("'nonce-")
            .nth(1)
            .map(|rest| rest.split('\'').next().unwrap().to_owned());
        (page.status, page.body.replace(&nonce.unwrap_or_default(), ""))
    };
    let unknown = plain(forget(&app.client(), "nobody@example.org").await);
    let known = plain(forget(&app.client(), ADA).await);
    assert_eq!(known, unknown);
    server.take(ADA, "new password").await;
    assert!(server.letters().is_empty(), "{:?}", server.letters());
    let none = post(&app.client(), "/sign-in/forgot", &[("email", "nobody")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.body.contains("aria-invalid"), "{}", none.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_is_good_for_half_an_hour_and_a_made_up_one_never() {
    let (app, server) = start().await;
    app.signed_in("ada").await;
    forget(&app.client(), ADA).await;
    let token = server.take(ADA, "new password").await.token();
    for wrong in ["", "0", &"0".repeat(64), &"0".repeat(1000)] {
        assert_eq!(reset(&app, wrong, "another horse").await, StatusCode::BAD_REQUEST, "{wrong}");
    }
    // One that confirms an address sets no password.
    let confirming = server.take(ADA, "your e-mail address").await.token();
    assert_eq!(reset(&app, &confirming, "another horse").await, StatusCode::BAD_REQUEST);
    app.clock.advance_seconds(30 * 60);
    assert_eq!(reset(&app, &token, "another horse").await, StatusCode::BAD_REQUEST);
    assert_eq!(sign_in(&app, ADA, "correct horse").await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_use_one_link_at_once_one_does() {
    let (app, server) = start().await;
    app.signed_in("ada").await;
    forget(&app.client(), ADA).await;
    let token = server.take(ADA, "new password").await.token();
    let both = tokio::join!(reset(&app, &token, "another horse"), reset(&app, &token, "a third horse"));
    let mut statuses = [both.0, both.1];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::BAD_REQUEST]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_mailbox_is_flooded() {
    let (app, server) = start().await;
    app.signed_in("ada").await;
    for _ in 0..12 {
        forget(&app.client(), ADA).await;
    }
    for _ in 0..5 {
        server.take(ADA, "new password").await;
    }
    app.clock.advance_seconds(1);
    forget(&app.client(), ADA).await;
    server.take(ADA, "new password").await;
    forget(&app.client(), "bo@example.org").await;
    assert!(server.letters().iter().all(|letter| !letter.subject.contains("new password")), "{:?}", server.letters());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_step_stays_on_for_who_confirmed_the_address_and_goes_for_who_did_not() {
    let (app, server) = start().await;
    for (name, confirms) in [("ada", true), ("bo", false)] {
        let browser = app.signed_in(name).await;
        let email = format!("{name}@example.org");
        let letter = server.take(&email, "your e-mail address").await;
        if confirms {
            post(&browser, "/account/confirm", &[("token", &letter.token())]).await;
        }
        let person = app.store().lookup_by_email(&Email::parse(&email).unwrap()).await.unwrap().unwrap().id;
        app.store()
            .add_factor(person, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 1, &["code".into()], app.clock.now())
            .await
            .unwrap();
        forget(&app.client(), &email).await;
        let token = server.take(&email, "new password").await.token();
        assert_eq!(reset(&app, &token, "another horse").await, StatusCode::OK);
        // Whoever registered an address that is not theirs must not keep its owner out by a factor of their own.
        assert_eq!(app.store().lookup_factor(person).await.unwrap().is_some(), confirms, "{name}");
        let expected = if confirms { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        assert_eq!(sign_in(&app, &email, "another horse").await, expected, "{name}");
    }
}
