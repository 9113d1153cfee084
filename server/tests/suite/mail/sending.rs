//! Mail servers that are slow, busy or not there.

use std::time::{Duration, Instant};

use tokio::net::TcpListener;

use super::{forget, point_at, start};
use crate::support::TestApp;

const ADA: &str = "ada@example.org";

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_is_not_taken_now_is_sent_later() {
    let (app, server) = start().await;
    server.refuse(3);
    app.signed_in("ada").await;
    server.take(ADA, "your e-mail address").await;
    assert!(server.letters().is_empty(), "and once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_says_nothing_holds_nobody_up() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let app = TestApp::start_with(|config| {
        point_at(config, port);
        config.mail.timeout_ms = 30_000;
        config.mail.queue_len = 2;
    })
    .await;
    let begun = Instant::now();
    for name in ["ada", "bo", "cy", "di"] {
        app.signed_in(name).await;
        forget(&app.client(), &format!("{name}@example.org")).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "more letters than may wait are given up");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_letters_become_files() {
    let app = TestApp::start_with(|_| ()).await;
    app.signed_in("ada").await;
    let folder = app.config.data.dir.join("mail");
    let letters =
        || std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|file| file.path()).collect::<Vec<_>>();
    app.until(async || letters().iter().any(|path| path.extension().is_some_and(|is| is == "eml"))).await;
    let text = std::fs::read_to_string(&letters()[0]).unwrap();
    assert!(text.contains("To: ada@example.org") && text.contains("/account/confirm?token"), "{text}");
}
