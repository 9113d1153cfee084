//! Instances that hang, dawdle and break off.

use std::{sync::atomic::Ordering::SeqCst, time::Instant};

use crate::support::{Director, PATIENCE, Upstream, client, fault::FaultProxy, until};

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_hangs_is_passed_over_and_comes_back() {
    let (a, b) = (Upstream::start("a").await, Upstream::start("b").await);
    let proxy = FaultProxy::start(b.address).await;
    let more = "retry = { after_ms = 300 }\nbalance = { slow_start_ms = 0 }\nhealth = { timeout_ms = 500 }";
    let director = Director::start_unready(&[a.address, proxy.address], more).await;
    director.until_up(2).await;
    proxy.faults.swallow.store(1, SeqCst);
    let client = client();
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(director.who(&client, None).await, "a");
    }
    assert!(start.elapsed() < PATIENCE);
    director.until_up(1).await;
    proxy.faults.swallow.store(0, SeqCst);
    until("b is asked again", || async { director.who(&client, None).await == "b" }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_breaks_off_before_answering_is_passed_over() {
    let (a, b) = (Upstream::start("a").await, Upstream::start("b").await);
    let proxy = FaultProxy::start(b.address).await;
    let director = Director::start_unready(&[a.address, proxy.address], "health = { interval_ms = 3600000 }").await;
    director.until_up(2).await;
    proxy.faults.cut_after.store(1, SeqCst);
    let client = client();
    for _ in 0..20 {
        assert_eq!(director.who(&client, None).await, "a");
    }
    // Five failures in a row set it aside: from then on nobody is sent there first.
    assert!(director.measurement("director_upstream_ejections_total", &proxy.address.to_string()).await >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_was_cut_off_is_sent_again_where_twice_is_no_more_than_once() {
    let (a, b) = (Upstream::start("a").await, Upstream::start("b").await);
    let proxy = FaultProxy::start(b.address).await;
    let more = "health = { interval_ms = 3600000 }\npassive = { errors_in_a_row = 1000 }\nbalance = { slow_start_ms = 0 }\nretry = { posts = [\"/echo\"], forms = false, after_ms = 100 }";
    let director = Director::start_unready(&[a.address, proxy.address], more).await;
    director.until_up(2).await;
    proxy.faults.cut_after.store(1, SeqCst);
    let client = client();
    let post = async |path: &str| client.post(director.url(path)).body("stars=5").send().await.unwrap();
    // Two of a kind, one after the other: instances take turns, so one of them meets the one that breaks off.
    for _ in 0..5 {
        let before = b.hits();
        for _ in 0..2 {
            let answer = post("/echo").await;
            assert_eq!(answer.status(), 200);
            let said: serde_json::Value = answer.json().await.unwrap();
            assert_eq!((said["name"].as_str(), said["body"].as_str()), (Some("a"), Some("stars=5")));
        }
        assert!(b.hits() > before, "no form came to the one that breaks off");
        let answers = [post("/who").await.status(), post("/who").await.status()];
        assert_eq!(answers.iter().filter(|status| **status == 502).count(), 1, "{answers:?}");
    }
    // Slow is not broken off: work is not asked for twice.
    proxy.faults.cut_after.store(0, SeqCst);
    proxy.faults.delay_ms.store(300, SeqCst);
    let before = a.hits() + b.hits();
    for _ in 0..4 {
        assert_eq!(post("/echo").await.status(), 200);
    }
    assert_eq!(a.hits() + b.hits(), before + 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_other_form_that_was_cut_off_is_sent_again_with_a_warning_but_what_programs_send_is_not() {
    let (a, b) = (Upstream::start("a").await, Upstream::start("b").await);
    let proxy = FaultProxy::start(b.address).await;
    let more =
        "health = { interval_ms = 3600000 }\npassive = { errors_in_a_row = 1000 }\nbalance = { slow_start_ms = 0 }";
    let director = Director::start_unready(&[a.address, proxy.address], more).await;
    director.until_up(2).await;
    proxy.faults.cut_after.store(1, SeqCst);
    let client = client();
    // Two of a kind, one after the other: instances take turns, so one of them meets the one that breaks off.
    for _ in 0..5 {
        let mut warned = 0;
        for _ in 0..2 {
            // A client's own warning is none.
            let form = client.post(director.url("/echo")).header("x-sent-again", "yes").body("name=tv");
            let before = b.hits();
            let said: serde_json::Value = form.send().await.unwrap().json().await.unwrap();
            assert_eq!((said["name"].as_str(), said["body"].as_str()), (Some("a"), Some("name=tv")));
            let warning = said["headers"].as_array().unwrap().iter().find(|pair| pair[0] == "x-sent-again");
            assert_eq!(warning.map(|pair| pair[1].as_str().unwrap()), (b.hits() > before).then_some("1"));
            warned += usize::from(warning.is_some());
        }
        assert!(warned > 0, "no form was sent again");
        let things = async || client.post(director.url("/api/v1/things")).send().await.unwrap().status();
        let answers = [things().await, things().await];
        assert_eq!(answers.iter().filter(|status| **status == 502).count(), 1, "{answers:?}");
    }
    // An answer is not broken off.
    proxy.faults.cut_after.store(0, SeqCst);
    let before = a.hits() + b.hits();
    for _ in 0..4 {
        assert_eq!(client.post(director.url("/status/503")).send().await.unwrap().status(), 503);
    }
    assert_eq!(a.hits() + b.hits(), before + 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_far_slower_than_the_others_is_set_aside() {
    let (a, b, c) = (Upstream::start("a").await, Upstream::start("b").await, Upstream::start("c").await);
    let proxy = FaultProxy::start(c.address).await;
    let more = "passive = { latency_min_ms = 100, eject_ms = 60000 }";
    let director = Director::start_unready(&[a.address, b.address, proxy.address], more).await;
    director.until_up(3).await;
    proxy.faults.delay_ms.store(250, SeqCst);
    let client = client();
    until("the slow one is set aside", || async {
        for _ in 0..6 {
            director.who(&client, None).await;
        }
        director.upstreams().await.iter().any(|one| one["ejected"] == true)
    })
    .await;
    for _ in 0..10 {
        assert_ne!(director.who(&client, None).await, "c");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_nobody_answers_in_time_people_are_told_so() {
    let a = Upstream::start("a").await;
    let more = "retry = { after_ms = 200 }\nlimits = { upstream_timeout_ms = 400 }";
    let director = Director::start(&[&a], more).await;
    let answer = client().get(director.url("/slow/20000")).header("accept", "text/html").send().await.unwrap();
    assert_eq!(answer.status(), 504);
    assert!(answer.text().await.unwrap().contains("The projector"));
}
