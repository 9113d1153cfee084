//! Listening, and stopping without dropping a request.

use std::{net::SocketAddr, time::Duration};

use axum::serve::Listener;
use matinee_connections::{Limits, raise_file_limit, serve_until};

use super::{Worker, router};

/// How long a head may take, and a connection be idle: longer than [the pool](crate::pool) keeps idle ones.
const HEAD: Duration = Duration::from_secs(35);
/// Connections at once. A web instance has about as many as requests under way.
const CONNECTIONS: usize = 8_192;

/// Serves until `stop` ends: then no new connection is taken and what is open is finished, for `grace` at most.
pub async fn serve<L: Listener<Addr = SocketAddr>>(
    listener: L,
    worker: Worker,
    stop: impl Future<Output = ()>,
    grace: Duration,
) {
    let limits = Limits { head: HEAD, grace, connections: raise_file_limit(CONNECTIONS) };
    let stopping = worker.clone();
    let stopped = async move {
        stop.await;
        stopping.stop();
    };
    serve_until(listener, router(worker), limits, stopped).await;
}
