//! Running workers: real ones with a real model, each in a runtime of its own, so that one can be killed with all its
//! connections.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use matinee_ai::{
    http::{Worker, metrics_handle, router},
    text::TextEngine,
    worker::Engine,
};
use tokio::{net::TcpListener, runtime::Runtime};

/// A worker; dropping it kills it.
pub struct Running {
    pub address: String,
    runtime: Option<Runtime>,
}

impl Running {
    /// On a free port.
    pub fn start(engine: Arc<Engine>) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), engine, None)
    }

    /// The same that finds films by descriptions.
    pub fn start_with_text(engine: Arc<Engine>, text: Arc<TextEngine>) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), engine, Some(text))
    }

    fn start_at(address: SocketAddr, engine: Arc<Engine>, text: Option<Arc<TextEngine>>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let shard = engine.shard();
        let worker = Worker::new(engine, Duration::from_secs(10), metrics_handle().unwrap()).of_shard(shard);
        let worker = match text {
            Some(text) => worker.with_text(text),
            None => worker,
        };
        let (told, bound) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            let listener = TcpListener::bind(address).await.unwrap();
            told.send(listener.local_addr().unwrap()).unwrap();
            axum::serve(listener, router(worker)).await.unwrap();
        });
        Self { address: format!("http://{}", bound.recv().unwrap()), runtime: Some(runtime) }
    }

    /// As `kill -9`: what is under way is cut off, and nobody listens any more.
    pub fn kill(mut self) -> String {
        self.runtime.take().unwrap().shutdown_background();
        self.address.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
