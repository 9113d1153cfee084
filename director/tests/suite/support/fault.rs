//! A TCP proxy that makes trouble: delays, cuts, and swallows what passes.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::{JoinHandle, JoinSet},
};

/// What it does to answers, changeable at any time.
#[derive(Debug, Default)]
pub struct Faults {
    /// Waits so long before every piece.
    pub delay_ms: AtomicU64,
    /// Cuts a connection off after so many bytes of answers; 0: never.
    pub cut_after: AtomicUsize,
    /// 1: takes everything, passes nothing on.
    pub swallow: AtomicUsize,
}

/// A proxy before `target`.
pub struct FaultProxy {
    pub address: SocketAddr,
    pub faults: Arc<Faults>,
    accepting: JoinHandle<()>,
}

impl FaultProxy {
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let faults = Arc::new(Faults::default());
        let shared = Arc::clone(&faults);
        let accepting = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                open.spawn(pass(client, target, Arc::clone(&shared)));
                while open.try_join_next().is_some() {}
            }
        });
        Self { address, faults, accepting }
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(client: TcpStream, target: SocketAddr, faults: Arc<Faults>) {
    let Ok(server) = TcpStream::connect(target).await else { return };
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let there = copy(from_client, to_server, None);
    let back = copy(from_server, to_client, Some(faults));
    tokio::select! { () = there => {}, () = back => {} }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, faults: Option<Arc<Faults>>) {
    let (mut buffer, mut passed) = (vec![0; 16 * 1024], 0);
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let mut piece = &buffer[..length];
        if let Some(faults) = &faults {
            while faults.swallow.load(SeqCst) == 1 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            tokio::time::sleep(Duration::from_millis(faults.delay_ms.load(SeqCst))).await;
            let most = faults.cut_after.load(SeqCst);
            if most > 0 && passed + length > most {
                piece = &piece[..most.saturating_sub(passed).min(length)];
                let _ = to.write_all(piece).await;
                return;
            }
        }
        if to.write_all(piece).await.is_err() {
            return;
        }
        passed += length;
    }
}
