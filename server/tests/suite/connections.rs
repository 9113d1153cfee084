//! Connections that dawdle, and those that are open when the process stops.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo, routing::get};
use matinee_connections::{Limits, serve_until};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
    task::JoinHandle,
};

use crate::support::TestApp;

/// Longer than anything here may take.
const AT_MOST: Duration = Duration::from_secs(20);
const ASK: &[u8] = b"GET /livez HTTP/1.1\r\nHost: films.test\r\n\r\n";

/// A server on a free port. It stops when told, or dropped.
struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

async fn serve(router: Router, head_ms: u64) -> Served {
    serve_within(router, head_ms, 100).await
}

async fn serve_within(router: Router, head_ms: u64, connections: usize) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let limits = Limits { head: Duration::from_millis(head_ms), grace: AT_MOST, connections };
    let until = async {
        let _ = stopped.await;
    };
    let serving = tokio::spawn(serve_until(listener, router, limits, until));
    Served { address, stop, serving }
}

/// All that comes until the other side closes the connection.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is reset has ended as well.
    let _ = tokio::time::timeout(AT_MOST, stream.read_to_end(&mut bytes)).await.expect("it stays open");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The next answer's beginning, of a connection that stays open.
async fn read_status(stream: &mut TcpStream) -> String {
    let mut bytes = [0; 8_192];
    let read = tokio::time::timeout(AT_MOST, stream.read(&mut bytes)).await.expect("nothing comes").unwrap();
    String::from_utf8_lossy(&bytes[..read]).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_not_whole_in_time_ends_the_connection_and_so_does_none_at_all() {
    let served = serve(Router::new(), 200).await;
    for sent in [&b"GET /livez HTTP/1.1\r\nHost: films"[..], b""] {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        let answer = read_to_end(&mut stream).await;
        assert!(!answer.contains(" 200 "), "{answer}");
    }
    // Byte by byte takes no longer: the limit is for the whole.
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let (mut reading, mut writing) = stream.split();
    let mut bytes = Vec::new();
    let dribble = async {
        while writing.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(AT_MOST, async {
        tokio::select! { _ = reading.read_to_end(&mut bytes) => {}, () = dribble => {} }
    })
    .await
    .expect("it stays open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_in_use_answers_for_longer_than_a_head_may_take() {
    let slow = async |ConnectInfo(from): ConnectInfo<SocketAddr>| {
        // An answer takes its time, of which the next head's is none.
        tokio::time::sleep(Duration::from_millis(400)).await;
        from.ip().to_string()
    };
    let served = serve(Router::new().route("/livez", get(slow)), 600).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    for _ in 0..3 {
        stream.write_all(ASK).await.unwrap();
        assert_eq!(read_status(&mut stream).await, "HTTP/1.1 200 OK");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_waited_for_as_long_as_a_request_may_take() {
    let app = TestApp::start_with(|config| config.server.request_timeout_ms = 300).await;
    let served = serve(app.router(), 10_000).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = "POST /api/v1/session HTTP/1.1\r\nHost: films.test\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n";
    stream.write_all(format!("{head}{{\"email\"").as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_when_there_is_no_place_is_served_once_another_connection_ends() {
    let served = serve_within(Router::new().route("/livez", get(|| async {})), 60_000, 2).await;
    let mut first = TcpStream::connect(served.address).await.unwrap();
    let mut second = TcpStream::connect(served.address).await.unwrap();
    for stream in [&mut first, &mut second] {
        stream.write_all(ASK).await.unwrap();
        assert_eq!(read_status(stream).await, "HTTP/1.1 200 OK");
    }
    // The system takes it; nobody reads what it says.
    let mut third = TcpStream::connect(served.address).await.unwrap();
    third.write_all(ASK).await.unwrap();
    let mut byte = [0];
    let soon = tokio::time::timeout(Duration::from_millis(200), third.peek(&mut byte)).await;
    assert!(soon.is_err(), "it is served beyond what may be");
    drop(first);
    assert_eq!(read_status(&mut third).await, "HTTP/1.1 200 OK");
    second.write_all(ASK).await.unwrap();
    assert_eq!(read_status(&mut second).await, "HTTP/1.1 200 OK");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_to_stop_ends_idle_connections_and_waits_for_requests() {
    let [begun, go_on] = [(); 2].map(|()| Arc::new(Notify::new()));
    let handler = {
        let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
        async move || {
            begun.notify_one();
            go_on.notified().await;
            "the end"
        }
    };
    let router = Router::new().route("/livez", get(|| async {})).route("/long", get(handler));
    let Served { address, stop, serving } = serve(router, 60_000).await;
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(ASK).await.unwrap();
    assert_eq!(read_status(&mut idle).await, "HTTP/1.1 200 OK");
    let mut busy = TcpStream::connect(address).await.unwrap();
    busy.write_all(b"GET /long HTTP/1.1\r\nHost: films.test\r\n\r\n").await.unwrap();
    begun.notified().await;

    stop.send(()).unwrap();
    assert_eq!(read_to_end(&mut idle).await, "");
    assert!(TcpStream::connect(address).await.is_err(), "nobody is let in any more");
    assert!(!serving.is_finished(), "a request is open");
    go_on.notify_one();
    let answer = read_to_end(&mut busy).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("the end"), "{answer}");
    tokio::time::timeout(AT_MOST, serving).await.expect("it goes on serving").unwrap();
}
