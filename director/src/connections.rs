//! Connections of clients: how many there may be, and how long one may take to say what it wants.
//!
//! Pingora's own time limit is for each read, so that a client which sends a byte now and then would be waited for
//! for ever ("slowloris"). Here a request's headers have to be whole within one limit.

use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use async_trait::async_trait;
use pingora::{
    apps::{HttpServerApp, HttpServerOptions, ReusedHttpStream, ServerApp},
    protocols::{
        Stream,
        http::{ServerSession, v2::server::H2Options, v2::server::default_h2_options},
    },
    proxy::HttpProxy,
    server::ShutdownWatch,
};
use tokio::io::AsyncWriteExt;

use crate::{config::LimitsConfig, measures, proxy::Director, stopping::Phase};

/// Requests that one HTTP/2 connection may have open at the same time.
const H2_STREAMS: u32 = 128;
/// How long idle connections stay open after the last was accepted: their clients may be about to send something, which is
/// answered with the word that it was the last.
const LINGER: Duration = Duration::from_secs(3);
const TOO_MANY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n";

tokio::task_local! {
    /// Whether this request's headers are whole.
    static HEADERS: Cell<bool>;
}

/// To be called as soon as a request's headers are whole: from then on other limits hold.
pub fn headers_have_come() {
    let _ = HEADERS.try_with(|headers| headers.set(true));
}

/// How many connections are open.
#[derive(Clone, Debug, Default)]
pub struct Count(Arc<AtomicUsize>);

impl Count {
    pub fn get(&self) -> usize {
        self.0.load(Relaxed)
    }
}

/// One connection; counted until dropped.
struct Counted<'a>(&'a Count);

impl<'a> Counted<'a> {
    fn new(count: &'a Count) -> (Self, usize) {
        let open = count.0.fetch_add(1, Relaxed) + 1;
        (Self(count), open)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

/// The door: counts connections, and turns away those that are too many.
pub struct Door {
    within: Arc<Patience>,
    open: Count,
    most: usize,
}

impl Door {
    /// `open` counts for all addresses together.
    pub fn new(proxy: HttpProxy<Director>, limits: &LimitsConfig, open: Count, phase: Phase) -> Self {
        let limit = limits.request_timeout();
        let header_bytes = u32::try_from(limits.header_bytes).unwrap_or(u32::MAX);
        Self {
            within: Arc::new(Patience { proxy: Arc::new(proxy), limit, header_bytes, phase }),
            open,
            most: limits.connections,
        }
    }
}

#[async_trait]
impl ServerApp for Door {
    async fn process_new(self: &Arc<Self>, mut stream: Stream, shutdown: &ShutdownWatch) -> Option<Stream> {
        let (_counted, open) = Counted::new(&self.open);
        if open > self.most {
            measures::refused("connections");
            let farewell = async {
                let _ = stream.write_all(TOO_MANY).await;
                let _ = stream.shutdown().await;
            };
            let _ = tokio::time::timeout(Duration::from_secs(1), farewell).await;
            return None;
        }
        self.within.process_new(stream, shutdown).await
    }

    async fn cleanup(&self) {
        self.within.http_cleanup().await;
    }
}

/// Waits so long for a request, and no longer.
struct Patience {
    proxy: Arc<HttpProxy<Director>>,
    limit: Duration,
    header_bytes: u32,
    phase: Phase,
}

#[async_trait]
impl HttpServerApp for Patience {
    async fn process_new_http(
        self: &Arc<Self>,
        mut session: ServerSession,
        shutdown: &ShutdownWatch,
    ) -> Option<ReusedHttpStream> {
        session.set_read_timeout(Some(self.limit));
        let request = HEADERS.scope(Cell::new(false), self.proxy.process_new_http(session, shutdown));
        tokio::pin!(request);
        tokio::select! {
            biased;
            done = &mut request => return done,
            () = tokio::time::sleep(self.limit) => {}
        }
        if request.as_mut().take_value().is_some_and(|headers| headers.get()) {
            return request.await;
        }
        measures::refused("request_timeout");
        None
    }

    fn h2_options(&self) -> Option<H2Options> {
        let mut options = default_h2_options();
        options.max_header_list_size(self.header_bytes);
        options.max_concurrent_streams(H2_STREAMS);
        Some(options)
    }

    fn server_options(&self) -> Option<&HttpServerOptions> {
        self.proxy.server_options.as_ref()
    }

    async fn http_cleanup(&self) {
        self.phase.leave();
        tokio::time::sleep(LINGER).await;
        self.proxy.http_cleanup().await;
    }
}
