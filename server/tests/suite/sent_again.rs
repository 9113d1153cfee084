//! Forms that a director sends again, for the instance that had them first broke off.

use axum::http::{HeaderValue, StatusCode, header};

use crate::support::{Answer, Client, ORIGIN, TestApp, filled_in};

const TOKENS: &str = "/account/tokens";

/// Asks for a token as the director passes it on: with the request's id, and with its warning where another instance had it before.
async fn add_token(browser: &Client<'_>, id: &'static str, is_again: bool, accept: &'static str) -> Answer {
    let mut request = filled_in(TOKENS, &[("name", "the television"), ("scope", "read"), ("days", "30")]);
    let headers = request.headers_mut();
    headers.insert("x-request-id", HeaderValue::from_static(id));
    headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
    headers.insert(header::REFERER, format!("{ORIGIN}{TOKENS}?said=revoked").parse().unwrap());
    if is_again {
        headers.insert("x-sent-again", HeaderValue::from_static("1"));
    }
    browser.request(request).await
}

async fn tokens(browser: &Client<'_>) -> usize {
    browser.get(TOKENS).await.body.matches("/revoke\"").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_carried_out_is_not_done_again_and_what_was_not_is_done() {
    let app = TestApp::start_without_model().await;
    let browser = app.signed_in("ada").await;
    let html = "text/html,application/xhtml+xml";
    assert_eq!(add_token(&browser, "request-one", false, html).await.status, StatusCode::CREATED);
    assert_eq!(tokens(&browser).await, 1);

    let answer = add_token(&browser, "request-one", true, html).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert!(answer.body.contains("It has arrived"), "{}", answer.body);
    assert!(answer.body.contains("href=\"/account/tokens?said=revoked\""), "{}", answer.body);
    let answer = add_token(&browser, "request-one", true, "application/json").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(answer.json()["type"], "urn:matinee:problem:carried-out");
    assert_eq!(tokens(&browser).await, 1);

    assert_eq!(add_token(&browser, "request-two", true, html).await.status, StatusCode::CREATED);
    assert_eq!(tokens(&browser).await, 2);
    // Without the warning it is a request like any other, and long after it is another one.
    assert_eq!(add_token(&browser, "request-two", false, html).await.status, StatusCode::CREATED);
    app.clock.advance_seconds(121);
    assert_eq!(add_token(&browser, "request-two", true, html).await.status, StatusCode::CREATED);
    assert_eq!(tokens(&browser).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_while_nobody_knows_whether_it_was() {
    let app = TestApp::start_without_model().await;
    let browser = app.signed_in("ada").await;
    app.lose_database().await;
    for (accept, kind) in [("text/html", "text/html; charset=utf-8"), ("application/json", "application/problem+json")]
    {
        let answer = add_token(&browser, "request-one", true, accept).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
        assert_eq!(answer.header("content-type"), kind);
    }
}
