//! Security events in the log: what was refused and who was let in, without secrets and addresses of accounts.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use matinee_services::security_log::{TARGET, digest};
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

use crate::{
    second_factor::{give_password, switch_on},
    support::{TestApp, post},
};

/// What is logged.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The whole process's, from now on.
    pub fn start() -> Self {
        Self::start_with("info")
    }

    /// The same by another filter.
    pub fn start_with(filter: &str) -> Self {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(filter))
            .json()
            .flatten_event(true)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        log
    }

    /// All that was logged since the last time.
    pub fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
    }

    /// The security events among it, of which there is one.
    fn event(&self) -> Value {
        let log = self.take();
        let events: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut events = events.into_iter().filter(|event| event["target"] == TARGET);
        let event = events.next().unwrap_or_else(|| panic!("no event in {log}"));
        assert_eq!(events.next(), None, "{log}");
        event
    }
}

/// The event has these fields.
fn assert_tells(event: &Value, fields: &[(&str, &str)]) {
    for (name, value) in fields {
        assert_eq!(event[name].as_str(), Some(*value), "{name} of {event}");
    }
    let spans = event["spans"].as_array().expect("the spans that it happened in");
    let request = spans.iter().find_map(|span| span["http.request_id"].as_str()).unwrap_or_default();
    assert_ne!(request, "", "the request: {event}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_let_in_or_refused_is_in_the_log_without_secrets_or_addresses() {
    let app = TestApp::start_without_model().await;
    let (owner, bo) = (app.signed_in("ada").await, app.signed_in("bo").await);
    let log = Log::start();
    let mut all = String::new();
    let account = digest("ada@example.org");

    let program = app.client();
    let wrong = json!({ "email": "Ada@example.org", "password": "wrong horse" });
    let credentials = json!({ "email": "ada@example.org", "password": "correct horse" });
    for _ in 0..5 {
        program.send(Method::POST, "/api/v1/session", Some(wrong.clone())).await;
        let event = log.event();
        assert_tells(&event, &[("security.event", "sign_in_refused"), ("security.way", "password")]);
        assert_tells(&event, &[("security.reason", "wrong"), ("account.digest", &account), ("level", "WARN")]);
        all.push_str(&event.to_string());
    }
    program.send(Method::POST, "/api/v1/session", Some(wrong)).await;
    assert_tells(&log.event(), &[("security.reason", "too_soon"), ("account.digest", &account)]);
    app.clock.advance_seconds(60);
    program.send(Method::POST, "/api/v1/session", Some(credentials)).await;
    assert_tells(&log.event(), &[("security.event", "signed_in"), ("security.way", "password"), ("level", "INFO")]);

    let (authenticator, codes) = switch_on(&app, &owner).await;
    let browser = app.client();
    give_password(&browser, "/").await;
    log.take();
    post(&browser, "/sign-in/code", &[("code", "000000")]).await;
    let event = log.event();
    assert_tells(&event, &[("security.event", "sign_in_refused"), ("security.way", "password+code")]);
    post(&browser, "/sign-in/code", &[("code", &codes[0])]).await;
    assert_tells(&log.event(), &[("security.event", "signed_in"), ("security.way", "password+recovery")]);

    let token = Request::get("/api/v1/me").header("authorization", "Bearer not-a-token").body(Body::empty());
    assert_eq!(app.client().request(token.unwrap()).await.status, StatusCode::UNAUTHORIZED);
    assert_tells(&log.event(), &[("security.event", "sign_in_refused"), ("security.way", "token")]);

    assert_eq!(bo.get("/admin/people").await.status, StatusCode::FORBIDDEN);
    assert_tells(&log.event(), &[("security.event", "access_refused"), ("security.needs", "admin")]);

    let forged = Request::post("/api/ui/sign-out").header("sec-fetch-site", "cross-site").body(Body::empty());
    assert_eq!(bo.request(forged.unwrap()).await.status, StatusCode::FORBIDDEN);
    let event = log.event();
    assert_tells(&event, &[("security.event", "request_refused"), ("security.guard", "other_site")]);
    assert_tells(&event, &[("http.route", "/api/ui/sign-out")]);

    all.push_str(&log.take());
    for secret in ["horse", "ada@", "Ada@", "not-a-token", authenticator.secret(), codes[0].as_str()] {
        assert!(!all.contains(secret), "{secret} is in the log: {all}");
    }
}
