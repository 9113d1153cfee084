//! Confirming an address, and changing it.

use axum::http::StatusCode;
use matinee_domain::Email;
use matinee_services::ports::{HistoryRepository, OnConflict, PeopleRepository, SelectBy, Selection};

use super::{is_signed_in, post, sign_in, start};

const ADA: &str = "ada@example.org";
const NEW: &str = "ada@elsewhere.example";

#[tokio::test(flavor = "multi_thread")]
async fn a_new_person_is_asked_to_confirm_and_does_by_the_button_of_the_link() {
    let (app, server) = start().await;
    let browser = app.signed_in("ada").await;
    assert!(browser.get("/account/security").await.body.contains("is not confirmed yet"));
    let token = server.take(ADA, "your e-mail address").await.token();
    let anywhere = app.client();
    let page = anywhere.get(&format!("/account/confirm?token={token}")).await;
    assert!(page.body.contains(ADA) && page.body.contains("Yes, it is mine"), "{}", page.body);
    assert!(browser.get("/account/security").await.body.contains("is not confirmed yet"), "looking does nothing");
    let done = post(&anywhere, "/account/confirm", &[("token", &token)]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert!(!is_signed_in(&anywhere).await, "a letter's link signs nobody in");
    assert!(browser.get("/account/security").await.body.contains("is confirmed."));
    assert_eq!(post(&anywhere, "/account/confirm", &[("token", &token)]).await.status, StatusCode::BAD_REQUEST, "used");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_letter_is_sent_again_in_the_language_of_who_asks() {
    let (app, server) = start().await;
    let browser = app.signed_in("ada").await;
    server.take(ADA, "your e-mail address").await;
    browser.set_cookie("lang", "de");
    let answer = post(&browser, "/account/security/email/again", &[]).await;
    assert_eq!(answer.header("location"), "/account/security?said=mail");
    let letter = server.take(ADA, "E-Mail-Adresse").await;
    assert!(letter.body.contains("Ja, das ist meine"), "{letter:?}");
    app.clock.advance_days(1);
    let late = post(&browser, "/account/confirm", &[("token", &letter.token())]).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST, "good for a day");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_changes_once_the_new_one_is_confirmed_and_the_old_one_is_told() {
    let (app, server) = start().await;
    let browser = app.signed_in("ada").await;
    let change = async |email: &str| post(&browser, "/account/security/email", &[("email", email)]).await;
    assert_eq!(change("nobody").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(change(NEW).await.header("location"), "/account/security?said=mail");
    let token = server.take(NEW, "your e-mail address").await.token();
    assert_eq!(sign_in(&app, ADA, "correct horse").await, StatusCode::OK, "until it is confirmed");
    assert_eq!(post(&app.client(), "/account/confirm", &[("token", &token)]).await.status, StatusCode::OK);
    let told = server.take(ADA, "address was changed").await;
    assert!(told.body.contains(NEW), "{told:?}");
    assert_eq!(sign_in(&app, ADA, "correct horse").await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&app, NEW, "correct horse").await, StatusCode::OK);
    // What decides who gets in is not put back by a rollback.
    let person = app.store().lookup_by_email(&Email::parse(NEW).unwrap()).await.unwrap().unwrap().id;
    let theirs = Selection { by: SelectBy::Person(person), since: None };
    let sets = app.store().list(&theirs, None, 50).await.unwrap();
    let changed = sets.iter().find(|set| set.reason == "confirm_address").unwrap();
    let this = Selection { by: SelectBy::ChangeSet(changed.id), since: None };
    HistoryRepository::revert(app.store(), &this, OnConflict::Force, false).await.unwrap();
    assert_eq!(sign_in(&app, ADA, "correct horse").await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&app, NEW, "correct horse").await, StatusCode::OK);

    app.clock.advance_seconds(601);
    assert_eq!(change("ada@third.example").await.header("location"), "/account/security?said=prove");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_somebody_elses_account_is_told_to_its_owner_alone() {
    let (app, server) = start().await;
    app.signed_in("bo").await;
    server.take("bo@example.org", "your e-mail address").await;
    let browser = app.signed_in("ada").await;
    let answer = post(&browser, "/account/security/email", &[("email", "bo@example.org")]).await;
    assert_eq!(answer.header("location"), "/account/security?said=mail", "the same as for any");
    let token = server.take("bo@example.org", "your e-mail address").await.token();
    let refused = post(&app.client(), "/account/confirm", &[("token", &token)]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(sign_in(&app, ADA, "correct horse").await, StatusCode::OK, "nothing was changed");
}
