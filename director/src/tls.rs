//! The certificate, read anew when its files change. A new one that can't be used leaves the old one in service.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use pingora::{
    listeners::{TlsAccept, tls::TlsSettings},
    protocols::tls::TlsRef,
    tls::{
        error::ErrorStack,
        ext::{ssl_add_chain_cert, ssl_use_certificate, ssl_use_private_key},
        pkey::{PKey, Private},
        x509::X509,
    },
};
use thiserror::Error;

use crate::config::TlsConfig;

/// Why a certificate can't be used.
#[derive(Debug, Error)]
pub enum CertificateError {
    #[error("{path} can't be read: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path} holds no {what} in PEM: {source}")]
    Malformed { path: PathBuf, what: &'static str, source: ErrorStack },
    #[error("{path} holds no certificate")]
    Empty { path: PathBuf },
    #[error("the key in {key} is not that of the certificate in {certificate}")]
    Mismatch { certificate: PathBuf, key: PathBuf },
}

/// A certificate, those that vouch for it, and its key.
pub struct Certificate {
    leaf: X509,
    chain: Vec<X509>,
    key: PKey<Private>,
}

impl Certificate {
    /// Reads both files.
    ///
    /// # Errors
    /// When one can't be read, holds something else, or they don't belong together.
    pub fn read(config: &TlsConfig) -> Result<Self, CertificateError> {
        let (certificate, key) = (&config.certificate, &config.key);
        let mut all = X509::stack_from_pem(&bytes(certificate)?).map_err(|source| CertificateError::Malformed {
            path: certificate.clone(),
            what: "certificate",
            source,
        })?;
        if all.is_empty() {
            return Err(CertificateError::Empty { path: certificate.clone() });
        }
        let leaf = all.remove(0);
        let private = PKey::private_key_from_pem(&bytes(key)?).map_err(|source| CertificateError::Malformed {
            path: key.clone(),
            what: "private key",
            source,
        })?;
        if !leaf.public_key().is_ok_and(|public| public.public_eq(&private)) {
            return Err(CertificateError::Mismatch { certificate: certificate.clone(), key: key.clone() });
        }
        Ok(Self { leaf, chain: all, key: private })
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, CertificateError> {
    fs::read(path).map_err(|source| CertificateError::Unreadable { path: path.to_owned(), source })
}

/// The certificate in use.
#[derive(Clone)]
pub struct Current(Arc<ArcSwap<Certificate>>);

impl Current {
    pub fn new(certificate: Certificate) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(certificate)))
    }

    /// Settings for an address: HTTP/2 and 1.1, TLS 1.2 and 1.3.
    ///
    /// # Errors
    /// When OpenSSL can't make them.
    pub fn settings(&self) -> pingora::Result<TlsSettings> {
        let mut settings = TlsSettings::with_callbacks(Box::new(self.clone()))?;
        settings.enable_h2();
        Ok(settings)
    }

    /// Looks at the files for ever.
    pub async fn follow(self, config: TlsConfig) {
        let mut ticks = tokio::time::interval(config.reload());
        let mut seen = changed(&config);
        loop {
            ticks.tick().await;
            let now = changed(&config);
            if now == seen {
                continue;
            }
            match Certificate::read(&config) {
                Ok(certificate) => {
                    self.0.store(Arc::new(certificate));
                    tracing::info!(path = %config.certificate.display(), "a new certificate is in use");
                }
                // Perhaps only one of the two files is new so far: the next change brings the other.
                Err(error) => {
                    metrics::counter!("director_certificate_errors_total").increment(1);
                    tracing::error!(%error, "the certificate stays as it was");
                }
            }
            seen = now;
        }
    }
}

/// When the files were last written.
fn changed(config: &TlsConfig) -> [Option<SystemTime>; 2] {
    [&config.certificate, &config.key].map(|path| fs::metadata(path).and_then(|file| file.modified()).ok())
}

#[async_trait]
impl TlsAccept for Current {
    async fn certificate_callback(&self, ssl: &mut TlsRef) {
        let now = self.0.load();
        let used = ssl_use_certificate(ssl, &now.leaf)
            .and_then(|()| ssl_use_private_key(ssl, &now.key))
            .and_then(|()| now.chain.iter().try_for_each(|one| ssl_add_chain_cert(ssl, one)));
        if let Err(error) = used {
            tracing::error!(%error, "the certificate could not be shown");
        }
    }
}
