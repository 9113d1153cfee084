//! Requests that are answered at the same time.

use std::sync::Arc;

use axum::http::StatusCode;
use tokio::task::JoinSet;

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_drawn_at_the_same_time_keep_their_own_titles() {
    const BROWSERS: usize = 12;
    const PAGES_EACH: usize = 25;
    let app = Arc::new(TestApp::start().await);
    let mut browsers = JoinSet::new();
    for browser in 0..BROWSERS {
        let app = Arc::clone(&app);
        browsers.spawn(async move {
            let client = app.client();
            for page in 0..PAGES_EACH {
                let word = format!("word{browser}x{page}");
                let answer = client.get(&format!("/search?q={word}")).await;
                assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
                let title = answer.body.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
                assert!(title.is_some_and(|title| title.contains(&word)), "the page of {word} is called {title:?}");
            }
        });
    }
    // Panics as the first of them that did.
    browsers.join_all().await;
}
