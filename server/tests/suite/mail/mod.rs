//! What comes by e-mail: over a real connection to a mail server of our own.

mod address;
mod forgotten;
mod sending;
mod server;
pub mod tls;

use axum::http::{Method, StatusCode};
use matinee_server::config::{Config, MailSecurity};
use serde_json::json;

use crate::support::{Answer, Client, TestApp, post};
use server::MailServer;

/// An instance whose letters go to a mail server.
async fn start() -> (TestApp, MailServer) {
    let server = MailServer::start().await;
    let app = TestApp::start_with(|config| point_at(config, server.port)).await;
    (app, server)
}

fn point_at(config: &mut Config, port: u16) {
    config.mail.smtp_host = "127.0.0.1".into();
    config.mail.smtp_port = port;
    config.mail.smtp_security = MailSecurity::None;
    config.mail.timeout_ms = 2_000;
    config.mail.retry_ms = 10;
    config.mail.from = "Matinee <films@films.test>".into();
}

/// Asks for a way to a new password.
async fn forget(browser: &Client<'_>, email: &str) -> Answer {
    let answer = post(browser, "/sign-in/forgot", &[("email", email)]).await;
    assert_eq!(answer.header("location"), "/sign-in/forgot?sent=1", "{answer:?}");
    browser.get("/sign-in/forgot?sent=1").await
}

/// The status of a sign-in with this password.
async fn sign_in(app: &TestApp, email: &str, password: &str) -> StatusCode {
    let credentials = json!({ "email": email, "password": password });
    app.client().send(Method::POST, "/api/v1/session", Some(credentials)).await.status
}

async fn is_signed_in(browser: &Client<'_>) -> bool {
    browser.get("/api/v1/me").await.status == StatusCode::OK
}
