//! Why TLS can't be spoken.

use std::path::PathBuf;

use rustls::{pki_types::pem, server::VerifierBuilderError};
use thiserror::Error;

/// A file or a combination of files that can't be used.
#[derive(Debug, Error)]
pub enum TlsError {
    #[error("{} can't be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} holds no {what} in PEM: {source}", path.display())]
    Malformed { path: PathBuf, what: &'static str, source: pem::Error },
    #[error("{} holds no certificate", path.display())]
    Empty { path: PathBuf },
    #[error("the certificate in {} and the key in {} can't be used together: {source}", certificate.display(), key.display())]
    Mismatch { certificate: PathBuf, key: PathBuf, source: rustls::Error },
    #[error("{} holds a certificate that is no authority's: {source}", path.display())]
    NoAuthority { path: PathBuf, source: rustls::Error },
    #[error("nobody can be asked for a certificate of the authorities in {}: {source}", path.display())]
    Verifier { path: PathBuf, source: VerifierBuilderError },
    #[error("TLS can't be set up: {0}")]
    SetUp(#[from] rustls::Error),
}
