//! What the provider's own endpoints may do to the server that asks them: lie, be huge, be slow, send it elsewhere.

use std::time::{Duration, Instant};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use matinee_server::config::ProviderConfig;
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, net::TcpListener, sync::mpsc};

use super::{
    Hostile, Reply,
    provider::{endless, json_answer},
    visit::{Visit, start},
};
use crate::{
    mail::tls::acceptor,
    support::{BEGINNING_S, TestApp},
};

const DISCOVERY: &str = "/.well-known/openid-configuration";
/// Far more than the time for one answer, far less than forever.
const SOON: Duration = Duration::from_secs(8);

fn reply(make: impl Fn() -> Response + Send + Sync + 'static) -> Reply {
    Box::new(make)
}

/// An instance whose provider has been spoilt sends nobody there.
async fn sends_nobody(spoil: impl FnOnce(&Hostile)) {
    let (app, provider) = start().await;
    spoil(&provider);
    let (browser, began) = (app.client(), Instant::now());
    let answer = browser.get("/sign-in/with/one").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::BAD_GATEWAY, ""), "{answer:?}");
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    // The rest of the site does not notice.
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

/// The same for a provider that is spoilt when the person comes back.
async fn lets_nobody_in(path: &'static str, make: impl Fn() -> Response + Send + Sync + 'static) {
    let (app, provider) = start().await;
    let visit = Visit::begin(&app).await;
    // So that keys, too, are asked for once more.
    app.clock.advance_seconds(3_600 / 7);
    provider.reply(path, make);
    let began = Instant::now();
    let answer = visit.agree(&provider).await;
    visit.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

fn huge() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], " ".repeat(2_000_000)).into_response()
}

fn changed(provider: &Hostile, name: &str, value: Value) {
    provider.with(|book| book.discovery[name] = value);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_calls_itself_another_is_not_used() {
    sends_nobody(|provider| changed(provider, "issuer", json!("https://accounts.google.com"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_adds_a_slash_to_its_issuer_is_not_used() {
    sends_nobody(|provider| changed(provider, "issuer", json!(format!("{}/", provider.issuer)))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_not_sent_to_addresses_that_are_no_pages_over_tls() {
    for address in
        ["javascript:alert(1)", "http://id.example.org/authorize", "data:text/html,x", "//id.example.org", ""]
    {
        sends_nobody(|provider| changed(provider, "authorization_endpoint", json!(address))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_not_sent_without_tls() {
    let (app, provider) = start().await;
    changed(&provider, "token_endpoint", json!("http://id.example.org/token"));
    let visit = Visit::begin(&app).await;
    let answer = visit.agree(&provider).await;
    visit.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_not_read_from_files_or_without_tls() {
    for address in ["file:///etc/passwd", "http://id.example.org/keys", "ftp://127.0.0.1/keys"] {
        sends_nobody(|provider| changed(provider, "jwks_uri", json!(address))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_without_token_endpoint_is_not_used() {
    sends_nobody(|provider| {
        provider.with(|book| book.discovery.as_object_mut().unwrap().remove("token_endpoint"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discovery_document_that_is_no_json_is_refused() {
    for (kind, text) in
        [("text/html", "<html></html>"), ("application/json", "<html></html>"), ("application/json", "[]")]
    {
        sends_nobody(|provider| {
            let answer = reply(move || ([(header::CONTENT_TYPE, kind)], text).into_response());
            provider.reply(DISCOVERY, answer);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_discovery_document_is_not_read() {
    sends_nobody(|provider| provider.reply(DISCOVERY, huge)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_discovery_document_is_given_up() {
    sends_nobody(|provider| provider.reply(DISCOVERY, endless)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discovery_document_elsewhere_is_not_followed() {
    let elsewhere = Hostile::start(BEGINNING_S).await;
    let address = format!("{}{DISCOVERY}", elsewhere.issuer);
    sends_nobody(|provider| provider.reply(DISCOVERY, move || Redirect::temporary(&address).into_response())).await;
    assert_eq!(elsewhere.asked(DISCOVERY), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn huge_keys_are_not_read() {
    sends_nobody(|provider| provider.reply("/keys", huge)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_none_let_nobody_in() {
    let (app, provider) = start().await;
    provider.reply("/keys", || json_answer(&json!({ "keys": [] })));
    let visit = Visit::begin(&app).await;
    let answer = visit.agree(&provider).await;
    visit.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_elsewhere_are_not_followed() {
    let elsewhere = Hostile::start(BEGINNING_S).await;
    let address = format!("{}/token", elsewhere.issuer);
    lets_nobody_in("/token", move || Redirect::temporary(&address).into_response()).await;
    assert_eq!(elsewhere.asked("/token"), 0, "the code and the secret go nowhere else");
}

#[tokio::test(flavor = "multi_thread")]
async fn huge_tokens_are_not_read() {
    lets_nobody_in("/token", huge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_tokens_are_given_up() {
    lets_nobody_in("/token", endless).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_no_json_are_refused() {
    lets_nobody_in("/token", || ([(header::CONTENT_TYPE, "text/html")], "<html></html>").into_response()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_with_a_wrong_content_type_are_refused() {
    let text = r#"{"access_token":"x","token_type":"Bearer","id_token":"a.b.c"}"#;
    lets_nobody_in("/token", move || ([(header::CONTENT_TYPE, "text/plain")], text).into_response()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_provider_lets_nobody_in() {
    lets_nobody_in("/token", || StatusCode::INTERNAL_SERVER_ERROR.into_response()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn huge_user_info_is_not_read() {
    let (app, provider) = start().await;
    provider.with(|book| book.profile = json!({}));
    provider.reply("/me", huge);
    let visit = Visit::begin(&app).await;
    let answer = visit.agree(&provider).await;
    visit.assert_refused(&answer, StatusCode::BAD_GATEWAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_sends_nobody_and_is_used_again_when_it_is_back() {
    let (app, provider) = start().await;
    provider.reply(DISCOVERY, || StatusCode::SERVICE_UNAVAILABLE.into_response());
    assert_eq!(app.client().get("/sign-in/with/one").await.status, StatusCode::BAD_GATEWAY);
    provider.with(|book| book.replies.clear());
    let visit = Visit::begin(&app).await;
    assert_eq!(visit.agree(&provider).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_whose_certificate_nobody_vouches_for_is_told_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let acceptor = acceptor(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (came, mut heard) = mpsc::channel(16);
    let serving = tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            // Whether the other side went on after it saw the certificate, and so sent what it came for.
            let shaken = match acceptor.accept(connection).await {
                Ok(mut tls) => tls.read_u8().await.is_ok(),
                Err(_) => false,
            };
            came.send(shaken).await.unwrap();
        }
    });
    let provider = ProviderConfig {
        id: "one".into(),
        issuer: format!("https://localhost:{port}"),
        client_id: "films".into(),
        client_secret: "s3cret".into(),
        ..ProviderConfig::default()
    };
    let app = TestApp::start_with(|config| config.sign_in.providers = vec![provider]).await;
    let answer = app.client().get("/sign-in/with/one").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::BAD_GATEWAY, ""), "{answer:?}");
    assert_eq!(heard.recv().await, Some(false), "it came, saw the certificate, and left");
    serving.abort();
}
