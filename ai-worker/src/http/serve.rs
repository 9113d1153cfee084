//! Listening, and stopping without dropping a request.

use std::{fmt::Debug, time::Duration};

use anyhow::Context;
use axum::serve::Listener;
use tokio::sync::oneshot;

use super::{Worker, router};

/// Serves until `stop` ends: then no new connection is taken and what is open is finished, for `grace` at most.
///
/// # Errors
/// When listening fails.
pub async fn serve<L: Listener<Addr: Debug>>(
    listener: L,
    worker: Worker,
    stop: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> anyhow::Result<()> {
    let (told, stopped) = oneshot::channel();
    let stopping = worker.clone();
    let server = axum::serve(listener, router(worker)).with_graceful_shutdown(async move {
        stop.await;
        stopping.stop();
        tracing::info!("stopping: open requests are finished first");
        let _ = told.send(());
    });
    let grace_is_over = async {
        // An error means that the server ended by itself, which the other branch sees.
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        ended = async { server.await } => ended.context("serving failed"),
        () = grace_is_over => {
            tracing::warn!(grace_ms = grace.as_millis(), "some requests were not finished in time");
            Ok(())
        }
    }
}
