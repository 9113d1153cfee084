//! What operators see: measurements, access log, health.

use serde_json::Value;

use crate::support::{Director, Upstream, client, until};

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_a_line_of_the_access_log_without_what_was_searched() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "").await;
    let answer = client().get(director.url("/who?q=secret-wish")).send().await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    until("the line is there", || async { director.access_log().contains(&id) }).await;
    let log = director.access_log();
    let line: Value = serde_json::from_str(log.lines().find(|line| line.contains(&id)).unwrap()).unwrap();
    assert_eq!((&line["path"], &line["status"], &line["method"]), (&"/who".into(), &200.into(), &"GET".into()));
    assert_eq!(
        (line["upstream"].as_str(), line["client"].as_str()),
        (Some(&*a.address.to_string()), Some("127.0.0.1"))
    );
    assert!(line["duration_ms"].as_f64().unwrap() > 0.0 && !log.contains("secret-wish"));
}

#[tokio::test(flavor = "multi_thread")]
async fn measurements_tell_instances_apart() {
    let (a, b) = (Upstream::start("a").await, Upstream::start("b").await);
    let director = Director::start(&[&a, &b], "").await;
    let client = client();
    for _ in 0..10 {
        director.who(&client, None).await;
    }
    until("all are counted", || async { director.measurement("director_requests_total", "2xx").await == 10 }).await;
    for one in [&a, &b] {
        let address = one.address.to_string();
        assert_eq!(
            director.measurement("director_upstream_requests_total", &format!("{address}\",status=\"2xx")).await,
            5
        );
        assert_eq!(director.measurement("director_upstream_seconds_count", &address).await, 5);
        assert_eq!(director.measurement("director_upstream_up", &address).await, 1);
    }
    assert_eq!(
        client.get(director.admin_url("/readyz")).send().await.unwrap().text().await.unwrap(),
        "2 of 2 instances are well\n"
    );
    assert_eq!(client.get(director.admin_url("/nothing")).send().await.unwrap().status(), 404);
}

/// The small form of `bench/run.sh soak`.
#[tokio::test(flavor = "multi_thread")]
async fn however_many_came_and_went_no_more_files_are_open_than_before() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "limits = { upstream_idle = 4 }").await;
    let open = || std::fs::read_dir(format!("/proc/{}/fd", director.child.id())).unwrap().count();
    let come_and_go = async || {
        for _ in 0..20 {
            // Each on a connection of its own, all at once.
            let asked = (0..20).map(|_| async { director.who(&client(), None).await });
            futures::future::join_all(asked).await;
        }
    };
    come_and_go().await;
    // Checks of health come and go meanwhile, so what is open is looked at more than once.
    let settled = 40;
    until("connections are closed", || async { open() < settled }).await;
    come_and_go().await;
    until("connections are closed again", || async { open() < settled }).await;
}
