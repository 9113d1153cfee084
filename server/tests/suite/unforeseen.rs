//! What fails without anybody having foreseen it is in the log (ASVS 16.3.4): where, in which request, and why.

use axum::{
    Router,
    http::{Method, StatusCode},
};
use matinee_connections::{Files, Identity, TlsListener, server_config};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{authority::Authority, security_log::Log, support::TestApp};

/// The lines of the log that say so.
fn said(log: &str, message: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["message"] == message).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_fails_for_a_lost_database_is_in_the_log_with_its_reason_and_its_id() {
    let app = TestApp::start_without_model().await;
    app.signed_in("ada").await;
    let log = Log::start();
    app.lose_database().await;
    let sign_in = json!({ "email": "ada@example.org", "password": "correct horse" });
    let answer = app.client().send(Method::POST, "/api/v1/session", Some(sign_in)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
    let log = log.take();
    let [failed] = &said(&log, "request failed")[..] else { panic!("{log}") };
    assert_eq!(failed["level"], "ERROR");
    assert_eq!((failed["http.route"].as_str(), failed["http.status"].as_u64()), (Some("/api/v1/session"), Some(503)));
    assert!(failed["duration_ms"].is_number() && failed["timestamp"].is_string(), "{failed}");
    let id = answer.header("x-request-id");
    assert!(!id.is_empty() && failed["span"]["http.request_id"] == id, "{failed}");
    let why = said(&log, "a dependency failed");
    let of_it = |line: &&Value| {
        line["spans"].as_array().is_some_and(|all| all.iter().any(|span| span["http.request_id"] == id))
    };
    let why = why.iter().find(of_it).unwrap_or_else(|| panic!("{log}"));
    let error = why["error"].as_str().unwrap();
    assert!(error.starts_with("the database did not answer: ") && error.contains("closed"), "{why}");
    assert!(!log.contains("sign_in_refused"), "nobody guessed: {log}");
    assert!(!log.contains("ada@example.org") && !log.contains("correct horse"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ai_worker_that_is_somebody_else_by_tls_is_in_the_log_and_is_told_nothing() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let identity = |(certificate, key)| Identity::read(Files { certificate, key }).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = server_config(&identity(theirs.sign("worker")), None).unwrap();
    let listener = TlsListener::new(listener, server).unwrap();
    let stranger = Router::new().fallback(|| async { tracing::error!("somebody asked") });
    tokio::spawn(async move { axum::serve(listener, stranger).await });

    let log = Log::start();
    let (certificate, key) = ours.sign("web");
    let app = TestApp::start_with(|config| {
        config.ai.workers = vec![format!("https://{address}")];
        config.ai.tls_ca = ours.file();
        (config.ai.tls_certificate, config.ai.tls_key) = (certificate, key);
    })
    .await;
    let ada = app.signed_in("ada").await;
    ada.rate(app.movie("Alien").await, 5.0).await;
    let answer = ada.get("/api/v1/recommendations").await;
    assert_eq!(answer.status, StatusCode::OK, "popular films come in place of the worker's: {answer:?}");
    let log = log.take();
    let left_out = said(&log, "AI worker is left out until it answers again");
    let left_out = left_out.first().unwrap_or_else(|| panic!("{log}"));
    assert_eq!(left_out["level"], "WARN");
    assert!(left_out["error"].as_str().unwrap().contains("certificate"), "{left_out}");
    // The other side tells, too, that somebody turned away.
    let refused = said(&log, "nobody was let in by TLS");
    assert!(refused.iter().any(|line| line["client.address"] == "127.0.0.1"), "{log}");
    assert!(!log.contains("somebody asked"), "{log}");
}
