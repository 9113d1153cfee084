//! What is asked of somebody who signed in a while ago, before what can't be taken back.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use matinee_domain::Role;
use matinee_services::ports::PeopleRepository;
use serde_json::json;

use crate::support::{Answer, Client, ORIGIN, TestApp, post};

/// Longer than a sign-in counts as recent, by default.
const A_WHILE_S: i64 = 601;
const TOKEN: [(&str, &str); 3] = [("name", "a program"), ("scope", "write"), ("days", "30")];

/// Sends a form that stands on that page.
async fn send_from(browser: &Client<'_>, page: &str, path: &str, form: &str, accept: &str) -> Answer {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, ORIGIN)
        .header(header::REFERER, format!("{ORIGIN}{page}"))
        .header(header::ACCEPT, accept)
        .body(Body::from(form.to_owned()));
    browser.request(request.unwrap()).await
}

async fn delete_me(browser: &Client<'_>, token: Option<&str>) -> Answer {
    let mut request = Request::delete("/api/v1/me").header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    browser.request(request.body(Body::from(r#"{"password":"correct horse"}"#)).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_made_by_who_signed_in_lately_and_the_way_leads_back_to_its_page() {
    let app = TestApp::start_without_model().await;
    let ada = app.signed_in("ada").await;
    app.clock.advance_seconds(A_WHILE_S);
    let form = "name=a+program&scope=write&days=30";
    let refused = send_from(&ada, "/account/tokens?said=revoked", "/account/tokens", form, "text/html").await;
    let place = refused.header("location").to_owned();
    assert_eq!(place, "/account/security?said=prove&back=%2Faccount%2Ftokens", "{refused:?}");
    let page = ada.get(&place).await.body;
    assert!(page.contains("/sign-in?back=%2Faccount%2Ftokens"), "{page}");
    // Nobody is led away by a page that somebody else made up.
    let page = ada.get("/account/security?said=prove&back=https%3A%2F%2Fevil.example%2F").await.body;
    assert!(!page.contains("evil.example"), "{page}");

    let again = app.sign_in("ada").await;
    assert_eq!(post(&again, "/account/tokens", &TOKEN).await.status, StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_deleted_by_who_signed_in_lately_and_by_no_token() {
    let app = TestApp::start_without_model().await;
    let ada = app.signed_in("ada").await;
    let page = post(&ada, "/account/tokens", &TOKEN).await.body;
    let token = page.split_once("class=\"secret\">").unwrap().1.split('<').next().unwrap();
    let by_token = delete_me(&app.client(), Some(token)).await;
    assert_eq!(by_token.status, StatusCode::FORBIDDEN, "{by_token:?}");
    assert_eq!(by_token.json()["type"], "urn:matinee:problem:forbidden");
    assert_eq!(delete_me(&ada, Some(token)).await.status, StatusCode::FORBIDDEN, "a cookie beside it changes nothing");

    app.clock.advance_seconds(A_WHILE_S);
    let late = delete_me(&ada, None).await;
    assert_eq!(
        (late.status, &late.json()["type"]),
        (StatusCode::FORBIDDEN, &json!("urn:matinee:problem:proof-needed"))
    );
    let form = "password=correct+horse&confirm=1";
    let prove = "/account/security?said=prove&back=%2Faccount";
    let plain = send_from(&ada, "/account", "/api/ui/delete-account", form, "text/html").await;
    assert_eq!((plain.status.is_redirection(), plain.header("location")), (true, prove), "{plain:?}");
    let hydrated = send_from(&ada, "/account", "/api/ui/delete-account", form, "application/json").await;
    assert_eq!((hydrated.status, hydrated.header("location")), (StatusCode::UNAUTHORIZED, prove), "{hydrated:?}");
    assert_eq!(ada.get("/api/v1/me").await.status, StatusCode::OK, "nothing was deleted");

    let credentials = json!({ "email": "ada@example.org", "password": "correct horse" });
    assert_eq!(ada.send(Method::POST, "/api/v1/session", Some(credentials)).await.status, StatusCode::OK);
    assert_eq!(delete_me(&ada, None).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_gives_roles_and_deletes_people_only_after_a_recent_sign_in() {
    let app = TestApp::start_without_model().await;
    let admin = app.signed_in("admin").await;
    app.give_role("admin", Role::Admin).await;
    app.signed_in("ada").await;
    let ada = app.give_role("ada", Role::Editor).await;
    let page = format!("/admin/people/{ada}");
    app.clock.advance_seconds(A_WHILE_S);
    for (path, form) in [("role", "role=admin"), ("delete", "confirm=1")] {
        let refused = send_from(&admin, &page, &format!("{page}/{path}"), form, "text/html").await;
        let place = format!("/account/security?said=prove&back=%2Fadmin%2Fpeople%2F{ada}");
        assert_eq!(refused.header("location"), place, "{refused:?}");
    }
    assert_eq!(app.store().lookup_role(ada).await.unwrap(), Some(Role::Editor));

    let again = app.sign_in("admin").await;
    let given = post(&again, &format!("{page}/role"), &[("role", "member")]).await;
    assert_eq!(given.header("location"), format!("{page}?said=role"));
}
