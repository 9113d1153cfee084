//! A process's certificate and its key.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use rustls::{
    SignatureScheme,
    client::ResolvesClientCert,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use crate::{configs::provider, error::TlsError};

/// Where certificate and key are, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The certificate, then those that vouch for it.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What a process shows of itself. Clones show the same.
#[derive(Clone, Debug)]
pub struct Identity {
    files: Arc<Files>,
    current: Arc<ArcSwap<CertifiedKey>>,
}

impl Identity {
    /// Reads both files.
    ///
    /// # Errors
    /// When one can't be read or holds something else, or they don't belong together.
    pub fn read(files: Files) -> Result<Self, TlsError> {
        let current = Arc::new(ArcSwap::from_pointee(certified(&files)?));
        Ok(Self { files: Arc::new(files), current })
    }

    /// How often their files are looked at, where nothing else is said.
    pub const RELOAD: Duration = Duration::from_secs(10);

    /// Looks at the files for ever, every so often. A new pair that can't be used leaves the old one in service.
    pub async fn follow(self, every: Duration) {
        let mut seen = changed(&self.files);
        loop {
            tokio::time::sleep(every).await;
            let now = changed(&self.files);
            if now == seen {
                continue;
            }
            seen = now;
            let path = self.files.certificate.display();
            match certified(&self.files) {
                Ok(new) => {
                    self.current.store(Arc::new(new));
                    tracing::info!(%path, "a new certificate is in use");
                }
                // Perhaps only one of the two files is new so far: the next change brings the other.
                Err(error) => tracing::error!(
                    %path,
                    error = &error as &dyn std::error::Error,
                    "the certificate stays as it was"
                ),
            }
        }
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn certified(files: &Files) -> Result<CertifiedKey, TlsError> {
    let chain = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&bytes(&files.key)?).map_err(|source| TlsError::Malformed {
        path: files.key.clone(),
        what: "private key",
        source,
    })?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(|source| TlsError::Mismatch {
        certificate: files.certificate.clone(),
        key: files.key.clone(),
        source,
    })
}

/// All certificates of a file, one at least.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = bytes(path)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let all = all.map_err(|source| TlsError::Malformed { path: path.to_owned(), what: "certificate", source })?;
    if all.is_empty() { Err(TlsError::Empty { path: path.to_owned() }) } else { Ok(all) }
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}

/// When the files were last written.
fn changed(files: &Files) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|path| fs::metadata(path).and_then(|file| file.modified()).ok())
}
