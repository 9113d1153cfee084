//! Connections: how long one may take to say what it wants, and finishing what is open when the process stops.
//!
//! `axum::serve` sets hyper no timer, and without one a client that sends a byte of a head now and then is waited for for ever
//! ("slowloris"). The director in front has a limit of its own; this one holds where an instance is reached without it. It speaks
//! HTTP/1.1, as the certificates' listener offers and the director asks for.

use std::{net::SocketAddr, time::Duration};

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
use tower::ServiceExt;

/// How long clients are waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a whole head, counted from the connection's beginning or the last answer's end: an idle connection is closed by it, too.
    pub head: Duration,
    /// For what is still open once the process is to stop.
    pub grace: Duration,
}

/// Serves until `stop` ends: then no new connection is taken, and what is open is finished, as long as patience lasts.
pub async fn serve_until<L>(mut listener: L, router: Router, patience: Patience, stop: impl Future<Output = ()>)
where
    L: Listener<Addr = SocketAddr>,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience.head);
    let open = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, from) = tokio::select! {
            accepted = listener.accept() => accepted,
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
        });
    }
    drop(listener);
    tracing::info!("stopping: open requests are finished first");
    if tokio::time::timeout(patience.grace, open.shutdown()).await.is_err() {
        tracing::warn!(grace_ms = patience.grace.as_millis(), "some requests were not finished in time");
    }
}
