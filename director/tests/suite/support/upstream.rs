//! A web instance: small, but a real server.

use std::{
    net::{SocketAddr, TcpListener},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use openssl::ssl::{Ssl, SslAcceptor};
use pingora::tls::tokio_ssl::SslStream;
use tokio::{
    net::TcpStream,
    runtime::{Builder, Runtime},
    sync::watch,
    task::JoinHandle,
};

/// What its handlers look at.
#[derive(Clone)]
struct Shared {
    name: &'static str,
    ready: Arc<AtomicBool>,
    hits: Arc<AtomicUsize>,
}

/// A running instance, on threads of its own. Dropped, it is gone at once, open connections and all.
pub struct Upstream {
    pub address: SocketAddr,
    shared: Shared,
    stop: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
}

impl Upstream {
    pub async fn start(name: &'static str) -> Self {
        Self::start_at(name, ([127, 0, 0, 1], 0).into()).await
    }

    /// Again at the address of one that is gone.
    pub async fn start_at(name: &'static str, address: SocketAddr) -> Self {
        Self::start_by(name, address, None).await
    }

    /// By TLS, as the acceptor says.
    pub async fn start_secure(name: &'static str, acceptor: SslAcceptor) -> Self {
        Self::start_by(name, ([127, 0, 0, 1], 0).into(), Some(acceptor)).await
    }

    async fn start_by(name: &'static str, address: SocketAddr, acceptor: Option<SslAcceptor>) -> Self {
        let listener = loop {
            match TcpListener::bind(address) {
                Ok(listener) => break listener,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Shared { name, ready: Arc::new(AtomicBool::new(true)), hits: Arc::default() };
        let router = router(shared.clone());
        let (stop, mut stopped) = watch::channel(false);
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let serving = runtime.spawn(async move {
            let until = async move { while !*stopped.borrow_and_update() && stopped.changed().await.is_ok() {} };
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let _ = match acceptor {
                None => axum::serve(listener, router).with_graceful_shutdown(until).await,
                Some(acceptor) => {
                    axum::serve(Secure { listener, acceptor }, router).with_graceful_shutdown(until).await
                }
            };
        });
        Self { address, shared, stop, serving: Some(serving), runtime: Some(runtime) }
    }

    /// Requests that came, but those for its health.
    pub fn hits(&self) -> usize {
        self.shared.hits.load(SeqCst)
    }

    pub fn set_ready(&self, ready: bool) {
        self.shared.ready.store(ready, SeqCst);
    }

    /// Stops as the web instance does: open requests are finished.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        self.serving.take().unwrap().await.unwrap();
    }
}

/// Takes connections by TLS, one handshake after the other.
struct Secure {
    listener: tokio::net::TcpListener,
    acceptor: SslAcceptor,
}

impl axum::serve::Listener for Secure {
    type Io = SslStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, address) = axum::serve::Listener::accept(&mut self.listener).await;
            let mut stream = SslStream::new(Ssl::new(self.acceptor.context()).unwrap(), stream).unwrap();
            let shaken = tokio::time::timeout(Duration::from_secs(5), Pin::new(&mut stream).accept()).await;
            if matches!(shaken, Ok(Ok(()))) {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

fn router(shared: Shared) -> Router {
    let ready = |State(shared): State<Shared>| async move {
        if shared.ready.load(SeqCst) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
    };
    Router::new()
        .route("/readyz", get(ready))
        .route("/who", any(who))
        .route("/echo", any(echo))
        .route("/slow/{ms}", any(slow))
        .route("/status/{code}", any(status))
        .route("/pkg/{file}", get(file))
        .route("/metrics", get(|| async { "secret" }))
        .with_state(shared)
}

async fn who(State(shared): State<Shared>) -> String {
    shared.hits.fetch_add(1, SeqCst);
    shared.name.to_owned()
}

async fn slow(State(shared): State<Shared>, Path(ms): Path<u64>) -> String {
    shared.hits.fetch_add(1, SeqCst);
    tokio::time::sleep(Duration::from_millis(ms)).await;
    shared.name.to_owned()
}

async fn status(State(shared): State<Shared>, Path(code): Path<u16>) -> Response {
    shared.hits.fetch_add(1, SeqCst);
    (StatusCode::from_u16(code).unwrap(), shared.name).into_response()
}

async fn echo(State(shared): State<Shared>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    shared.hits.fetch_add(1, SeqCst);
    let pairs: Vec<_> = headers.iter().map(|(name, value)| [name.as_str(), value.to_str().unwrap_or("?")]).collect();
    let said = serde_json::json!({
        "name": shared.name, "method": method.as_str(), "uri": uri.to_string(), "headers": pairs,
        "body": String::from_utf8_lossy(&body),
    });
    Json(said).into_response()
}

/// A file as the web instance sends it: with a hash in its name for good, with brotli for who takes it.
async fn file(State(shared): State<Shared>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let hits = shared.hits.fetch_add(1, SeqCst);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let control = if file.contains('-') { "public, max-age=31536000, immutable" } else { "public, max-age=86400" };
    let brotli = headers.get("accept-encoding").is_some_and(|value| value.to_str().unwrap().contains("br"));
    let mut answer = (
        [("cache-control", control), ("vary", "accept-encoding"), ("x-request-id", "of-the-first")],
        format!("{}{hits} {file}", if brotli { "br" } else { "plain" }),
    )
        .into_response();
    if brotli {
        answer.headers_mut().insert("content-encoding", "br".parse().unwrap());
    }
    answer
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}
