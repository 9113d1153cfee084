//! Processes come and go under load, and no request fails.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::task::JoinHandle;

use crate::support::{Director, Upstream, client, sessions, until};

/// People who ask one thing after the other until told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    people: Vec<JoinHandle<Vec<String>>>,
}

impl Load {
    fn start(director: &Director, people: usize) -> Self {
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let person = |session: String| {
            let (stop, answered, url) = (Arc::clone(&stop), Arc::clone(&answered), director.url("/slow/5"));
            tokio::spawn(async move {
                let (client, mut failed) = (client(), Vec::new());
                while !stop.load(SeqCst) {
                    let request = client.get(&url).header("cookie", format!("matinee_session={session}"));
                    match request.send().await {
                        Ok(answer) if answer.status() == 200 => {
                            answered.fetch_add(1, SeqCst);
                        }
                        Ok(answer) => {
                            failed.push(format!("{} {}", answer.status(), answer.text().await.unwrap_or_default()));
                        }
                        Err(error) => failed.push(format!("{error:?}")),
                    }
                }
                failed
            })
        };
        let people = sessions(people).into_iter().map(person).collect();
        Self { stop, answered, people }
    }

    /// Waits until so many more have been answered.
    async fn go_on(&self, count: usize) {
        let aim = self.answered.load(SeqCst) + count;
        until("requests are answered", || async { self.answered.load(SeqCst) >= aim }).await;
    }

    async fn end(self) {
        self.stop.store(true, SeqCst);
        for person in self.people {
            let failed = person.await.unwrap();
            assert!(failed.is_empty(), "{} failed, the first: {}", failed.len(), failed[0]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_replaced_one_by_one_fail_no_request() {
    let mut all = vec![Upstream::start("a").await, Upstream::start("b").await, Upstream::start("c").await];
    let refs: Vec<_> = all.iter().collect();
    let director = Director::start(&refs, "balance = { slow_start_ms = 500 }").await;
    let load = Load::start(&director, 12);
    for _ in 0..2 {
        for name in ["a", "b", "c"] {
            load.go_on(50).await;
            let one = all.remove(0);
            let address = one.address;
            one.stop().await;
            load.go_on(50).await;
            all.push(Upstream::start_at(name, address).await);
            director.until_up(3).await;
        }
    }
    load.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_process_takes_over_without_a_failed_request() {
    let a = Upstream::start("a").await;
    let mut director = Director::start(&[&a], "").await;
    let old = director.child.id();
    let load = Load::start(&director, 6);
    load.go_on(50).await;
    director.signal("USR2");
    let child = &mut director.child;
    until("the old process has ended", || {
        let ended = child.try_wait().unwrap();
        async move { ended.is_some() }
    })
    .await;
    load.go_on(100).await;
    load.end().await;
    let now = director.processes();
    assert!(now.len() == 1 && now[0] != old, "{now:?} after {old}");
    assert_eq!(director.who(&client(), None).await, "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_process_is_not_started_with_settings_that_can_not_be_served() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "").await;
    std::fs::write(director.folder.path().join("director.toml"), "[listen]\nhttp = [\"nowhere\"]\n").unwrap();
    director.signal("HUP");
    until("the mistake is told of", || async { director.stderr().contains("this process stays") }).await;
    assert!(director.stderr().contains("listen.http"), "{}", director.stderr());
    assert_eq!(director.who(&client(), None).await, "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_finishes_what_is_open_and_says_that_it_is_not_ready() {
    let a = Upstream::start("a").await;
    let mut director = Director::start(&[&a], "").await;
    let open = tokio::spawn(client().get(director.url("/slow/1500")).send());
    until("a is at it", || async { a.hits() == 1 }).await;
    director.signal("TERM");
    until("new connections are refused", || async {
        tokio::net::TcpStream::connect(("127.0.0.1", director.http)).await.is_err()
    })
    .await;
    assert_eq!(open.await.unwrap().unwrap().text().await.unwrap(), "a");
    let start = std::time::Instant::now();
    let child = &mut director.child;
    until("the process has ended", || {
        let ended = child.try_wait().unwrap();
        async move { ended.is_some_and(|status| status.success()) }
    })
    .await;
    assert!(start.elapsed() < Duration::from_secs(10), "it left when all was done, not when its time was up");
}
