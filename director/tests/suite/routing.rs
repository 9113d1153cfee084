//! Who answers: sessions stay, visitors take turns, and those who can't answer are passed over.

use std::{collections::HashMap, time::Duration};

use crate::support::{Director, Upstream, client, sessions, until};

async fn homes(director: &Director, names: &[String]) -> HashMap<String, String> {
    let client = client();
    let mut homes = HashMap::new();
    for name in names {
        homes.insert(name.clone(), director.who(&client, Some(name)).await);
    }
    homes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_stays_on_its_instance_and_visitors_take_turns() {
    let (a, b, c) = (Upstream::start("a").await, Upstream::start("b").await, Upstream::start("c").await);
    let director = Director::start(&[&a, &b, &c], "").await;
    let names = sessions(60);
    let first = homes(&director, &names).await;
    assert_eq!(first, homes(&director, &names).await);
    for name in ["a", "b", "c"] {
        let count = first.values().filter(|home| *home == name).count();
        assert!((5..45).contains(&count), "{count} of 60 sessions are on {name}");
    }
    let mut turns = HashMap::<_, usize>::new();
    for _ in 0..30 {
        *turns.entry(director.who(&client(), None).await).or_default() += 1;
    }
    assert_eq!(turns.values().collect::<Vec<_>>(), [&10, &10, &10]);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_an_instance_dies_only_its_sessions_move_and_nobody_notices() {
    let (a, b, c) = (Upstream::start("a").await, Upstream::start("b").await, Upstream::start("c").await);
    let director = Director::start(&[&a, &b, &c], "").await;
    let names = sessions(60);
    let before = homes(&director, &names).await;
    drop(b);
    for (name, home) in homes(&director, &names).await {
        let was = &before[&name];
        assert!(if was == "b" { home != "b" } else { home == *was }, "{name} moved from {was} to {home}");
    }
    assert!(director.measurement("director_retries_total", "").await > 0);
    director.until_up(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_directors_agree_without_talking() {
    let (a, b, c) = (Upstream::start("a").await, Upstream::start("b").await, Upstream::start("c").await);
    let one = Director::start(&[&a, &b, &c], "").await;
    let other = Director::start(&[&c, &a, &b], "").await;
    let names = sessions(40);
    assert_eq!(homes(&one, &names).await, homes(&other, &names).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_503_is_tried_elsewhere_if_the_request_only_reads() {
    let (a, b) = (Upstream::start("a").await, Upstream::start("b").await);
    let director = Director::start(&[&a, &b], "").await;
    let answer = client().get(director.url("/status/503")).send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!((a.hits(), b.hits()), (1, 1));
    let answer = client().post(director.url("/status/503")).body("once").send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(a.hits() + b.hits(), 3, "what may change something is sent once");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_500_is_the_instances_own() {
    let (a, b) = (Upstream::start("a").await, Upstream::start("b").await);
    let director = Director::start(&[&a, &b], "").await;
    let answer = client().get(director.url("/status/500")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), a.hits() + b.hits()), (500, 1));
    assert!(["a", "b"].contains(&answer.text().await.unwrap().as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_is_not_ready_gets_nothing_until_it_is() {
    let (a, b) = (Upstream::start("a").await, Upstream::start("b").await);
    let director = Director::start(&[&a, &b], "balance = { slow_start_ms = 0 }").await;
    b.set_ready(false);
    director.until_up(1).await;
    for _ in 0..10 {
        assert_eq!(director.who(&client(), None).await, "a");
    }
    b.set_ready(true);
    director.until_up(2).await;
    let client = client();
    until("b is asked again", || async { director.who(&client, None).await == "b" }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_instances_is_followed_and_a_draining_one_finishes_what_it_has() {
    let (a, b) = (Upstream::start("a").await, Upstream::start("b").await);
    let director = Director::start(&[&a], "balance = { slow_start_ms = 0 }").await;
    let slow = tokio::spawn(client().get(director.url("/slow/1500")).send());
    until("a is at it", || async { a.hits() == 1 }).await;
    director.write_servers(&format!(
        "[[server]]\naddress = \"{}\"\ndrain = true\n[[server]]\naddress = \"{}\"\n",
        a.address, b.address
    ));
    director.until_up(2).await;
    for name in sessions(10) {
        assert_eq!(director.who(&client(), Some(&name)).await, "b");
    }
    assert_eq!(slow.await.unwrap().unwrap().text().await.unwrap(), "a");
    director.write_servers("[[server]]\naddress = \"nonsense\"\n");
    until("the mistake is told of", || async {
        director.stderr().contains("servers.toml") && director.measurement("director_list_errors_total", "").await > 0
    })
    .await;
    assert_eq!(director.who(&client(), None).await, "b");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_nobody_is_well_people_get_a_page_and_programs_a_document() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "").await;
    drop(a);
    let client = client();
    until("nobody is well", || async {
        client.get(director.admin_url("/readyz")).send().await.unwrap().status() == 503
    })
    .await;
    let page = client.get(director.url("/")).header("accept", "text/html").header("accept-language", "de");
    let page = page.send().await.unwrap();
    assert_eq!((page.status().as_u16(), &page.headers()["retry-after"]), (503, &"5".parse().unwrap()));
    let text = page.text().await.unwrap();
    assert!(text.contains("Der Projektor") && text.contains("lang=\"de\""), "{text}");
    assert!(text.contains("http-equiv=\"refresh\""), "{text}");
    // To open the address that a form was sent to would show nothing: its page leads back to the form.
    for (from, back) in [
        (director.url("/edit/7?a='%22&b"), "/edit/7?a=&#39;%22&amp;b"),
        ("https://elsewhere.example/edit/7".to_owned(), "/"),
        (director.url("//elsewhere.example"), "/"),
    ] {
        let form = client.post(director.url("/edit/7")).header("accept", "text/html").header("referer", from);
        let text = form.send().await.unwrap().text().await.unwrap();
        assert!(text.contains(&format!("href=\"{back}\"")) && !text.contains("http-equiv=\"refresh\""), "{text}");
    }
    let document = client.get(director.url("/api/v1/movies")).header("accept", "text/html").send().await.unwrap();
    assert_eq!(document.headers()["content-type"], "application/problem+json");
    assert_eq!(document.json::<serde_json::Value>().await.unwrap()["status"], 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_nobody_is_ready_instances_that_are_there_answer_what_they_can() {
    let (a, b) = (Upstream::start("a").await, Upstream::start("b").await);
    let director = Director::start(&[&a, &b], "").await;
    a.set_ready(false);
    drop(b);
    director.until_up(0).await;
    let client = client();
    assert_eq!(client.get(director.admin_url("/readyz")).send().await.unwrap().status(), 503);
    for name in sessions(10) {
        assert_eq!(director.who(&client, Some(&name)).await, "a");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_instance_passes_its_sessions_on() {
    let (a, b) = (Upstream::start("a").await, Upstream::start("b").await);
    let director = Director::start(&[&a, &b], "balance = { load_floor = 3 }").await;
    let client = client();
    let home = director.who(&client, Some("ada")).await;
    let request = || client.get(director.url("/slow/1500")).header("cookie", "matinee_session=ada").send();
    let held: Vec<_> = (0..3).map(|_| tokio::spawn(request())).collect();
    let at_home = if home == "a" { &a } else { &b };
    until("three are open", || async { at_home.hits() == 4 }).await;
    assert_ne!(director.who(&client, Some("ada")).await, home);
    for one in held {
        assert_eq!(one.await.unwrap().unwrap().text().await.unwrap(), home);
    }
    assert_eq!(director.who(&client, Some("ada")).await, home);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_service_tells_of_instances_too() {
    let a = Upstream::start("a").await;
    let more = format!("upstreams = {{ dns = 'localhost:{}' }}", a.address.port());
    let director = Director::start_unready(&[], &more).await;
    director.until_up(1).await;
    assert_eq!(director.who(&client(), None).await, "a");
    tokio::time::timeout(Duration::from_secs(5), director.who(&client(), Some("ada"))).await.unwrap();
}
