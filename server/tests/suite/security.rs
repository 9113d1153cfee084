//! What keeps people's accounts theirs.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, StatusCode, header},
};
use matinee_services::ports::{Clock, PeopleRepository, SessionRepository};

use crate::support::{Client, ORIGIN, TestApp, post};

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

/// A browser at this address, behind a proxy where there are two, that signs ada in.
async fn signed_in_from<'a>(app: &'a TestApp, peer: &str, forwarded: Option<&str>) -> Client<'a> {
    let client = app.client();
    sign_in_from(&client, peer, forwarded).await;
    client
}

async fn sign_in_from(client: &Client<'_>, peer: &str, forwarded: Option<&str>) {
    let peer: SocketAddr = (peer.parse::<std::net::IpAddr>().unwrap(), 4711).into();
    let mut request = Request::post("/api/v1/session")
        .header(header::CONTENT_TYPE, "application/json")
        .extension(ConnectInfo::<SocketAddr>(peer));
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    let body = r#"{"email":"ada@example.org","password":"correct horse"}"#;
    assert_eq!(client.request(request.body(Body::from(body)).unwrap()).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_with_a_coarse_place_of_which_no_more_is_kept() {
    let app = TestApp::start_with(|config| {
        config.server.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    })
    .await;
    let ada = app.signed_in("ada").await;
    let list = async || ada.get("/account/security").await.body;
    assert!(!list().await.contains("from network"), "nothing is said where nothing is known");
    signed_in_from(&app, "198.51.100.7", Some("203.0.113.9")).await;
    signed_in_from(&app, "10.0.0.5", Some("2001:db8:85a3::8a2e:370:7334")).await;
    signed_in_from(&app, "127.0.0.1", None).await;
    let travelling = signed_in_from(&app, "192.168.1.20", None).await;
    let page = list().await;
    for place in ["from network 198.51.x.x", "from network 2001:db8:x:x", "from this machine", "from the local network"]
    {
        assert_eq!(page.matches(place).count(), 1, "{place} is not in {page}");
    }
    sign_in_from(&travelling, "203.0.113.9", None).await;
    let page = list().await;
    assert!(page.contains("from network 203.0.x.x") && !page.contains("from the local network"), "{page}");
    let german = Request::get("/account/security").header(header::ACCEPT_LANGUAGE, "de").body(Body::empty()).unwrap();
    let german = ada.request(german).await.body;
    assert!(german.contains("aus dem Netz 203.0.x.x") && german.contains("von diesem Rechner"), "{german}");

    let email = matinee_domain::Email::parse("ada@example.org").unwrap();
    let user = PeopleRepository::lookup_by_email(app.store(), &email).await.unwrap().unwrap().id;
    let kept = SessionRepository::list(app.store(), user, app.clock.now()).await.unwrap();
    assert_eq!(kept.len(), 5);
    for session in kept {
        let whole = ["198.51.100", "203.0.113", "85a3", "7334", "192.168", "127.0.0"];
        assert!(!whole.iter().any(|part| session.data.contains(part)), "{}", session.data);
    }
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
