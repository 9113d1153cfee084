//! A store that speaks S3, in a runtime of its own, so that it can be killed with all its connections and come back.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use matinee_ai::artefacts::{ArtefactOptions, ArtefactStore, Credentials};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime};

pub const KEY: &str = "films-key";
pub const SECRET: &str = "films-secret-of-tests";
const BUCKET: &str = "films";

/// A store with one bucket, whose objects are files of a folder.
pub struct Bucket {
    folder: TempDir,
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Bucket {
    /// On a free port.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let (address, runtime) = serve(folder.path(), "127.0.0.1:0".parse().unwrap());
        Self { folder, address, runtime: Some(runtime) }
    }

    /// Nobody listens any more.
    pub fn stop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
        // It is only gone when the last task has let the port go.
        while std::net::TcpListener::bind(self.address).is_err() {
            std::thread::yield_now();
        }
    }

    pub fn go_on(&mut self) {
        self.runtime = Some(serve(self.folder.path(), self.address).1);
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Of a client that gives up soon.
    pub fn options(&self) -> ArtefactOptions {
        ArtefactOptions {
            endpoint: Some(self.endpoint()),
            tries: 2,
            retry_pause: Duration::from_millis(5),
            ..ArtefactOptions::new("s3://films/of/tests", Credentials::new(KEY, SECRET)).unwrap()
        }
    }

    pub fn store(&self) -> ArtefactStore {
        ArtefactStore::open(self.options()).unwrap()
    }

    /// Where an object of a version is.
    pub fn object(&self, version: &str, file: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join("of/tests").join(version).join(file)
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn serve(folder: &Path, address: SocketAddr) -> (SocketAddr, Runtime) {
    let mut service = S3ServiceBuilder::new(FileSystem::new(folder).unwrap());
    service.set_auth(SimpleAuth::from_single(KEY, SECRET));
    let service = service.build();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (told, bound) = std::sync::mpsc::channel();
    runtime.spawn(async move {
        let listener = TcpListener::bind(address).await.unwrap();
        told.send(listener.local_addr().unwrap()).unwrap();
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), service.clone()));
        }
    });
    (bound.recv().unwrap(), runtime)
}
