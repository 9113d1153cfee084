//! A store that speaks S3, in a process of its own, so that it can be killed with all its connections and come back.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use matinee_ai::artefacts::{ArtefactOptions, ArtefactStore, Credentials};
use tempfile::TempDir;

pub const KEY: &str = "films-key";
pub const SECRET: &str = "films-secret-of-tests";
const BUCKET: &str = "films";

/// A store with one bucket, whose objects are files of a folder.
pub struct Bucket {
    folder: TempDir,
    address: SocketAddr,
    server: Child,
}

impl Bucket {
    /// On a free port.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let (address, server) = serve(folder.path(), "127.0.0.1:0".parse().unwrap());
        Self { folder, address, server }
    }

    /// Nobody listens any more.
    pub fn stop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    pub fn go_on(&mut self) {
        self.server = serve(self.folder.path(), self.address).1;
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
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The server lies where the test's own folder is, built by `scripts/checks/nextest.sh`.
fn serve(folder: &Path, address: SocketAddr) -> (SocketAddr, Child) {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("matinee-s3-server");
    let mut server = Command::new(&program)
        .args([folder.as_os_str(), address.to_string().as_ref(), KEY.as_ref(), SECRET.as_ref()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!(
                "{}: {error}; cargo build -p matinee-s3-server builds it, with --release where the tests have that",
                program.display()
            )
        });
    let mut told = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut told).unwrap();
    (told.trim().parse().unwrap_or_else(|_| panic!("the S3 server tells no address: {told:?}")), server)
}
