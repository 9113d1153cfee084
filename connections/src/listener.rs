//! Taking connections by TLS, for whoever serves axum's listeners.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::serve::Listener;
use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Handshakes under way at once; more connections wait in the system's own queue.
const HANDSHAKES: usize = 256;
/// How long one may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections that may wait to be served.
const READY: usize = 64;

type Ready = (TlsStream<TcpStream>, SocketAddr);

/// Connections whose handshake is done. A slow one keeps nobody else waiting; one that fails is logged, for that may be somebody who
/// should not be there.
#[derive(Debug)]
pub struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<Ready>,
}

impl TlsListener {
    /// Begins to take connections.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn new(listener: TcpListener, config: ServerConfig) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(READY);
        tokio::spawn(accept_all(listener, TlsAcceptor::from(Arc::new(config)), sender));
        Ok(Self { address, ready })
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Ready {
        match self.ready.recv().await {
            Some(ready) => ready,
            // The runtime is on its way out: nobody comes any more.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// Until nobody takes connections any more.
async fn accept_all(mut listener: TcpListener, acceptor: TlsAcceptor, ready: mpsc::Sender<Ready>) {
    let under_way = Arc::new(Semaphore::new(HANDSHAKES));
    loop {
        let Ok(permit) = Arc::clone(&under_way).acquire_owned().await else { return };
        let (stream, address) = tokio::select! {
            // axum's own: it waits a moment where the process has no file handle left.
            accepted = Listener::accept(&mut listener) => accepted,
            () = ready.closed() => return,
        };
        let (acceptor, ready) = (acceptor.clone(), ready.clone());
        tokio::spawn(async move {
            // Until somebody has taken the connection, so that no more wait than may.
            let _permit = permit;
            let reason = match timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => {
                    // Nobody takes connections any more.
                    let _ = ready.send((stream, address)).await;
                    return;
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("it took more than {} s", HANDSHAKE_TIMEOUT.as_secs()),
            };
            tracing::warn!(client.address = %address.ip(), reason, "nobody was let in by TLS");
        });
    }
}
