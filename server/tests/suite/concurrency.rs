//! Requests that are answered at the same time.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::http::StatusCode;
use leptos::prelude::Owner;
use matinee_app::language::provide_language;
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

#[tokio::test]
async fn a_page_that_is_gone_before_its_tasks_had_their_turn_leaves_no_panic_behind() {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    // Leptos is told where its tasks run when the first page is drawn.
    assert_eq!(TestApp::start_without_model().await.client().get("/privacy").await.status, StatusCode::OK);
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        usual(panic);
    }));
    for _ in 0..20 {
        let page = Owner::new();
        let _ = page.with(|| provide_language().get_locale_untracked());
        // On this one thread no task has run yet.
        drop(page);
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}
