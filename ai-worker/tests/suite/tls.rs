//! Workers by https: the program asks its callers who they are, and the pool asks it.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use matinee_ai::pool::{PoolOptions, RemoteRecommender};
use matinee_connections::{Files, Identity, client_config};
use matinee_services::ports::{ModelStatus, Recommender, RecommenderError};

use crate::{authority::Authority, world};

/// The running program. Dropped, it is killed.
struct Program {
    child: Child,
    port: u16,
}

impl Program {
    /// That shows a certificate of `own`, and asks its callers for one of `callers`.
    fn start(own: &Authority, callers: &Authority) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (certificate, key) = own.sign("worker");
        let child = Command::new(env!("CARGO_BIN_EXE_matinee-ai"))
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--models"])
            .arg(world::models())
            .arg("--tls-cert")
            .arg(certificate)
            .arg("--tls-key")
            .arg(key)
            .arg("--tls-client-ca")
            .arg(callers.file())
            .env("MATINEE_ORT_LIB", world::ort_library())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port }
    }

    /// What it says to a pool that believes `authority`, and shows what it signed or nothing.
    async fn ask(
        &self,
        scheme: &str,
        authority: &Authority,
        own: Option<&Authority>,
    ) -> Result<ModelStatus, RecommenderError> {
        let identity = own.map(|own| {
            let (certificate, key) = own.sign("web");
            Identity::read(Files { certificate, key }).unwrap()
        });
        let options = PoolOptions {
            timeout: Duration::from_secs(10),
            tls: Some(Arc::new(client_config(&authority.file(), identity.as_ref()).unwrap())),
            ..PoolOptions::default()
        };
        let address = format!("{scheme}://127.0.0.1:{}", self.port);
        RemoteRecommender::new(&[address], options).unwrap().status().await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_answers_callers_with_a_certificate_of_its_authority_and_nobody_else() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let worker = Program::start(&ours, &ours);
    let began = Instant::now();
    while worker.ask("https", &ours, Some(&ours)).await.is_err() {
        assert!(began.elapsed() < Duration::from_mins(1), "the worker never answered");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(worker.ask("https", &ours, None).await.is_err(), "without a certificate");
    assert!(worker.ask("https", &ours, Some(&theirs)).await.is_err(), "of another authority");
    assert!(worker.ask("http", &ours, Some(&ours)).await.is_err(), "plain");
    assert!(worker.ask("https", &theirs, Some(&ours)).await.is_err(), "the worker is not whom this pool believes");
    assert!(worker.ask("https", &ours, Some(&ours)).await.unwrap().version.is_some());
}
