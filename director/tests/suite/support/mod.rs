//! What the tests share: upstreams, directors, and ways to wait.

mod director;
pub mod fault;
mod upstream;

use std::{future::Future, time::Duration};

pub use director::{Director, binary};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
pub use upstream::Upstream;

/// How long a condition may take to come true: a busy machine is slow.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until the condition holds.
pub async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let start = Instant::now();
    while !condition().await {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Sends bytes as they are, and gives everything that comes back until the other side closes.
pub async fn exchange(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    // The other side may have answered and gone before the last byte.
    let _ = stream.write_all(bytes).await;
    read_to_end(&mut stream).await
}

/// Everything until the other side closes.
pub async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let closed = timeout(PATIENCE, stream.read_to_end(&mut all)).await;
    let all = String::from_utf8_lossy(&all).into_owned();
    assert!(closed.is_ok(), "the connection was not closed after: {all}");
    all
}

/// A client that says what the browser would, with one session's cookie or none.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// `count` names of sessions.
pub fn sessions(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("session-{n}")).collect()
}
