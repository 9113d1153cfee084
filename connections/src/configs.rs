//! What rustls is told.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};

use crate::{
    error::TlsError,
    identity::{Identity, certificates},
};

const VERSIONS: &[&rustls::SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// ring's cryptography: suites with forward secrecy and authenticated encryption alone.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// For serving by this identity. With `callers`, a file of authorities, a caller has to show a certificate that one of them signed.
///
/// # Errors
/// When the file can't be read or holds no authority.
pub fn server_config(identity: &Identity, callers: Option<&Path>) -> Result<ServerConfig, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(VERSIONS)?;
    let builder = match callers {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(authorities(path)?), provider());
            let verifier = verifier.build();
            builder.with_client_cert_verifier(
                verifier.map_err(|source| TlsError::Verifier { path: path.to_owned(), source })?,
            )
        }
    };
    let mut config = builder.with_cert_resolver(Arc::new(identity.clone()));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// For asking those whom one of the authorities in the file `believed` signed a certificate, and showing them this identity.
///
/// # Errors
/// When the file can't be read or holds no authority.
pub fn client_config(believed: &Path, identity: Option<&Identity>) -> Result<ClientConfig, TlsError> {
    let builder = ClientConfig::builder_with_provider(provider()).with_protocol_versions(VERSIONS)?;
    let builder = builder.with_root_certificates(authorities(believed)?);
    Ok(match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => builder.with_client_cert_resolver(Arc::new(identity.clone())),
    })
}

fn authorities(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    for certificate in certificates(path)? {
        store.add(certificate).map_err(|source| TlsError::NoAuthority { path: path.to_owned(), source })?;
    }
    Ok(store)
}
