//! What one request may hold, and what one address may send.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};

use crate::support::{Answer, Client, ORIGIN, TestApp};

/// A try to sign in from this address, which a proxy may have named.
async fn sign_in(client: &Client<'_>, from: &str, forwarded: Option<&str>, accept: &str) -> Answer {
    let mut request = Request::post("/api/v1/session")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, accept)
        .extension(ConnectInfo::<SocketAddr>(format!("{from}:4711").parse().unwrap()));
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    let body = r#"{"email":"nobody@example.org","password":"wrong horse"}"#;
    client.request(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_guesses_is_slowed_down_and_others_are_not() {
    let app = TestApp::start_with(|config| {
        config.limits.sign_ins_per_minute = 3;
        config.server.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    })
    .await;
    let client = app.client();
    for _ in 0..3 {
        assert_eq!(sign_in(&client, "203.0.113.9", None, "*/*").await.status, StatusCode::UNAUTHORIZED);
    }
    let refused = sign_in(&client, "203.0.113.9", None, "*/*").await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "20"));
    assert!(refused.body.contains("try again in 20 s"), "{}", refused.body);
    // Another name in a header that nobody vouches for changes nothing; a browser gets a page.
    let page = sign_in(&client, "203.0.113.9", Some("198.51.100.1"), "text/html").await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.body.contains("Wait a moment"), "{}", page.body);
    // Behind the proxy it is each for themselves.
    for other in ["198.51.100.1", "198.51.100.2"] {
        assert_eq!(sign_in(&client, "10.0.0.5", Some(other), "*/*").await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(sign_in(&client, "127.0.0.1", None, "*/*").await.status, StatusCode::UNAUTHORIZED);
    app.clock.advance_days(1);
    assert_eq!(sign_in(&client, "203.0.113.9", None, "*/*").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_and_bodies_have_their_largest_sizes_everywhere() {
    let app = TestApp::start_without_model().await;
    let client = app.client();
    for path in ["/search", "/api/v1/search", "/livez", "/account/tokens", "/nowhere"] {
        let long = client.get(&format!("{path}?q={}", "x".repeat(9_000))).await;
        assert_eq!(long.status, StatusCode::URI_TOO_LONG, "{path}");
        let large = Request::get(path).header("x-large", "x".repeat(17_000)).body(Body::empty()).unwrap();
        assert_eq!(client.request(large).await.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "{path}");
    }
    for path in ["/api/v1/session", "/api/ui/sign-in", "/account/tokens"] {
        let large = Request::post(path)
            .header(header::ORIGIN, ORIGIN)
            .header(header::CONTENT_LENGTH, 100_000)
            .body(Body::from(vec![b'x'; 100_000]))
            .unwrap();
        assert_eq!(client.request(large).await.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    // The page that takes files reads more, and not without end.
    let large = Request::post("/account/import")
        .header(header::ORIGIN, ORIGIN)
        .header(header::CONTENT_LENGTH, 100_000_000)
        .body(Body::empty())
        .unwrap();
    assert_eq!(client.request(large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_headers_that_guard_it() {
    let app = TestApp::start_with(|config| "https://films.test".clone_into(&mut config.server.public_origin)).await;
    let client = app.client();
    let film = app.movie("Alien").await;
    let poster = format!("/poster/{film}.svg");
    for path in ["/", "/privacy", "/admin", "/api/v1/search", "/api/nothing", "/livez", "/nowhere", &poster] {
        let answer = client.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        let resource = if path == poster { "cross-origin" } else { "same-origin" };
        assert_eq!(answer.header("cross-origin-resource-policy"), resource, "{path}");
    }
}
