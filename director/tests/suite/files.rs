//! Files that never change are fetched once.

use futures::future::join_all;

use crate::support::{Director, Upstream, client, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_never_changes_is_fetched_once_for_each_encoding() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "").await;
    let client = client();
    let get = |encoding: &'static str| {
        client.get(director.url("/pkg/app-0123456789abcdef.js")).header("accept-encoding", encoding)
    };
    let many = join_all((0..20).map(|_| async { get("gzip").send().await.unwrap().text().await.unwrap() })).await;
    assert!(many.iter().all(|text| text == "plain0 app-0123456789abcdef.js"), "{many:?}");
    let answer = get("gzip, br").send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "br");
    assert_eq!(answer.bytes().await.unwrap(), "br1 app-0123456789abcdef.js");
    let again = get("br").send().await.unwrap();
    assert_ne!(again.headers()["x-request-id"], "of-the-first");
    assert_eq!(again.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(a.hits(), 2);
    // A request is counted when it is over, which is a moment after its answer came.
    until("all hits are counted", || async { director.measurement("director_cache_total", "hit").await == 20 }).await;
    drop(a);
    assert_eq!(get("br").send().await.unwrap().status(), 200, "what is kept is there without any instance");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_change_is_asked_for_each_time() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "").await;
    for path in ["/pkg/plain.js", "/pkg/app-0123456789abcdef.js?v=1", "/who"] {
        let before = a.hits();
        for _ in 0..3 {
            assert_eq!(client().get(director.url(path)).send().await.unwrap().status(), 200);
        }
        assert_eq!(a.hits() - before, 3, "{path}");
    }
}
