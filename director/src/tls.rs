//! The certificate, read anew when its files change. A new one that can't be used leaves the old one in service.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use anyhow::anyhow;
use arc_swap::ArcSwap;
use async_trait::async_trait;
use pingora::{
    listeners::{TlsAccept, tls::TlsSettings},
    protocols::tls::TlsRef,
    tls::{
        error::ErrorStack,
        ext::{ssl_add_chain_cert, ssl_use_certificate, ssl_use_private_key},
        pkey::{PKey, Private},
        ssl::{SslOptions, SslVersion},
        x509::X509,
    },
    utils::tls::CertKey,
};
use thiserror::Error;

use crate::config::TlsConfig;

/// For TLS 1.2, the strongest first: forward secrecy by elliptic curves and authenticated encryption alone (Mozilla's intermediate list
/// without finite fields).
const SUITES_1_2: &str = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:\
                          ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:\
                          ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
/// For TLS 1.3.
const SUITES_1_3: &str = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

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
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, CertificateError> {
        let mut all = read_certificates(certificate)?;
        let leaf = all.remove(0);
        let private = PKey::private_key_from_pem(&bytes(key)?).map_err(|source| CertificateError::Malformed {
            path: key.to_owned(),
            what: "private key",
            source,
        })?;
        if !leaf.public_key().is_ok_and(|public| public.public_eq(&private)) {
            return Err(CertificateError::Mismatch { certificate: certificate.to_owned(), key: key.to_owned() });
        }
        Ok(Self { leaf, chain: all, key: private })
    }

    /// For showing it to whom the director asks.
    pub fn into_cert_key(self) -> CertKey {
        CertKey::new([vec![self.leaf], self.chain].concat(), self.key)
    }
}

/// All certificates of a file, one at least.
///
/// # Errors
/// When it can't be read or holds something else.
pub fn read_certificates(path: &Path) -> Result<Vec<X509>, CertificateError> {
    let all = X509::stack_from_pem(&bytes(path)?).map_err(|source| CertificateError::Malformed {
        path: path.to_owned(),
        what: "certificate",
        source,
    })?;
    if all.is_empty() { Err(CertificateError::Empty { path: path.to_owned() }) } else { Ok(all) }
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

    /// Settings for an address: HTTP/2 and 1.1, TLS 1.2 and 1.3 with [`SUITES_1_2`] and [`SUITES_1_3`], whatever the machine's OpenSSL has
    /// for its defaults. The director's order counts.
    ///
    /// # Errors
    /// When OpenSSL can't make them.
    pub fn settings(&self) -> anyhow::Result<TlsSettings> {
        let settings = TlsSettings::with_callbacks(Box::new(self.clone()));
        let mut settings = settings.map_err(|error| anyhow!("{error}"))?;
        settings.set_min_proto_version(Some(SslVersion::TLS1_2))?;
        settings.set_cipher_list(SUITES_1_2)?;
        settings.set_ciphersuites(SUITES_1_3)?;
        settings.set_options(SslOptions::CIPHER_SERVER_PREFERENCE);
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
            match Certificate::read(&config.certificate, &config.key) {
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
