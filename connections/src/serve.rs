//! Connections: how many there may be, how long one may take to say what it wants, and finishing what is open when the process stops.
//!
//! `axum::serve` sets hyper no timer, and without one a client that sends a byte of a head now and then is waited for for ever
//! ("slowloris"); nor does it bound their number. The director in front has limits of its own; these hold where a process is reached
//! without it. It speaks HTTP/1.1, as the certificates' listener offers and the director and the pool ask for.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// Files that a process needs beside its connections: the database's, the index's, models', the log.
const OTHER_FILES: u64 = 256;

/// How long clients are waited for, and how many there are.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For a whole head, counted from the connection's beginning or the last answer's end: an idle connection is closed by it, too.
    pub head: Duration,
    /// For what is still open once the process is to stop.
    pub grace: Duration,
    /// Connections at once; more wait in the system's own queue, whose length the system bounds.
    pub connections: usize,
}

/// Serves until `stop` ends: then no new connection is taken, and what is open is finished, as long as the grace lasts.
pub async fn serve_until<L>(mut listener: L, router: Router, limits: Limits, stop: impl Future<Output = ()>)
where
    L: Listener<Addr = SocketAddr>,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let open = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS)));
    let (mut stop, mut told) = (std::pin::pin!(stop), false);
    loop {
        let free = places.available_permits();
        if free == 0 && !told {
            tracing::warn!(
                limits.connections,
                "there are as many connections as there may be: more are taken as others end"
            );
        }
        // Once in a while, not for each one of a crowd.
        told = free == 0 || (told && free <= limits.connections / 10);
        // Nobody closes the semaphore.
        let place = async { Arc::clone(&places).acquire_owned().await.ok() };
        let (place, (stream, from)) = tokio::select! {
            taken = async { (place.await, listener.accept().await) } => taken,
            () = &mut stop => break,
        };
        let router = router.clone();
        let answer = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(from));
            router.clone().oneshot(request)
        });
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), answer));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                // Clients break off as they like.
                tracing::debug!(client.address = %from.ip(), error = &error as &dyn std::error::Error, "a connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    tracing::info!("stopping: open requests are finished first");
    if tokio::time::timeout(limits.grace, open.shutdown()).await.is_err() {
        tracing::warn!(grace_ms = limits.grace.as_millis(), "some requests were not finished in time");
    }
}

/// Lets the process have as many files open as the system allows it, for each connection is one and the usual limit is a thousand.
/// Returns how many of `connections` there is room for then.
pub fn raise_file_limit(connections: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let files = match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    // None is no limit.
    let Some(files) = files else { return connections };
    let room = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX).max(1);
    if room < connections {
        tracing::warn!(
            files,
            room,
            wanted = connections,
            "fewer connections than the settings allow: raise the limit of open files"
        );
    }
    room.min(connections)
}
