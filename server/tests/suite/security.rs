//! What keeps people's accounts theirs.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};

use crate::support::{ORIGIN, TestApp, post};

#[tokio::test(flavor = "multi_thread")]
async fn a_state_change_from_another_site_is_refused() {
    let app = TestApp::start().await;
    let client = app.signed_in("ada").await;
    let put = |headers: &[(&str, &str)], movie| {
        let mut builder =
            Request::put(format!("/api/v1/movies/{movie}/rating")).header("content-type", "application/json");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(Body::from(r#"{"stars":5}"#)).unwrap()
    };
    let movie = app.movie("Alien").await;
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", ORIGIN)],
    ] {
        let answer = client.request(put(headers, movie)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(answer.header("content-type").starts_with("application/problem+json"));
    }
    for headers in [&[][..], &[("origin", ORIGIN)], &[("sec-fetch-site", "same-origin"), ("origin", ORIGIN)]] {
        assert_eq!(client.request(put(headers, movie)).await.status, StatusCode::OK, "{headers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_carry_a_strict_policy_with_a_fresh_nonce() {
    let app = TestApp::start().await;
    let client = app.client();
    let nonce = |policy: &str| policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    let (first, second) = (client.get("/").await, client.get("/").await);
    let policy = first.header("content-security-policy").to_owned();
    for part in
        ["'strict-dynamic'", "'wasm-unsafe-eval'", "frame-ancestors 'none'", "style-src 'self'", "base-uri 'none'"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe-inline"));
    assert_ne!(nonce(&policy), nonce(second.header("content-security-policy")));
    assert!(first.body.contains(&format!("nonce=\"{}\"", nonce(&policy))));
    assert!(!first.body.contains(" style=\""), "the policy forbids inline styles");
    assert_eq!(first.header("x-content-type-options"), "nosniff");
    assert!(!first.header("referrer-policy").is_empty());
    assert!(first.header("cache-control").contains("no-store"));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_changes_the_session_and_signing_out_ends_it() {
    let app = TestApp::start().await;
    let client = app.signed_in("ada").await;
    let cookie = |answer: &crate::support::Answer| answer.header("set-cookie").to_owned();
    let credentials = serde_json::json!({ "email": "ada@example.org", "password": "correct horse" });
    let first = cookie(&client.send(Method::POST, "/api/v1/session", Some(credentials.clone())).await);
    let second = cookie(&client.send(Method::POST, "/api/v1/session", Some(credentials)).await);
    assert_ne!(first.split(';').next(), second.split(';').next());
    for flag in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(second.contains(flag), "{second}");
    }
    // The cookie of a session that was ended is worth nothing, even to somebody who kept it.
    client.send(Method::DELETE, "/api/v1/session", None).await;
    let kept = second.split(';').next().unwrap();
    let replay = Request::get("/api/v1/me").header("cookie", kept).body(Body::empty()).unwrap();
    assert_eq!(app.client().request(replay).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_taken_from_an_address() {
    let app = TestApp::start_without_model().await;
    let ada = app.signed_in("ada").await;
    let session = ada.cookie("matinee_session").unwrap();
    let page = post(&ada, "/account/tokens", &[("name", "a program"), ("scope", "write"), ("days", "30")]).await;
    let token = page.body.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
    let bearer = Request::get("/api/v1/me").header("authorization", format!("Bearer {token}")).body(Body::empty());
    let stranger = app.client();
    assert_eq!(stranger.request(bearer.unwrap()).await.status, StatusCode::OK);
    for name in ["token", "access_token", "authorization", "session", "matinee_session", "id"] {
        for secret in [token, session.as_str()] {
            let answer = stranger.get(&format!("/api/v1/me?{name}={secret}")).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
        }
    }
    // Nor do pages write one into an address.
    for path in ["/account", "/account/security", "/account/tokens", "/account/data"] {
        let page = ada.get(path).await.body;
        assert!(!page.contains(&session) && !page.contains(token), "{path}");
    }
    let form = "/api/v1/session?email=ada%40example.org&password=correct+horse";
    assert_ne!(stranger.send(Method::POST, form, None).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn request_ids_are_made_or_passed_on_but_not_any_text() {
    let app = TestApp::start().await;
    let client = app.client();
    let with = |id: &str| Request::get("/livez").header("x-request-id", id).body(Body::empty()).unwrap();
    assert_eq!(client.request(with("director-0123456789")).await.header("x-request-id"), "director-0123456789");
    let made = client.request(with("<script>alert(1)</script>")).await;
    assert!(made.header("x-request-id").len() >= 8 && !made.header("x-request-id").contains('<'));
}

/// What a scanner found (`make audit`): titles were put into the document as they were.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_searched_for_stays_text_in_the_title_too() {
    let app = TestApp::start().await;
    let page = app.client().get("/search?q=%3C/title%3E%3Cmeta%20http-equiv=refresh%3E%26").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains("<title>&lt;/title&gt;&lt;meta http-equiv=refresh&gt;&amp; · Matinee</title>"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("<meta http-equiv"), "{}", page.body);
}
