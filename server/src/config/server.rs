use std::{net::IpAddr, path::PathBuf, time::Duration};

use super::{Network, files};
use matinee_connections::Files;
use serde::{Deserialize, Serialize};

/// Listening, and the limits of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// Where people reach this instance, such as `https://films.example.org`; empty means the listening address.
    /// With `https`, cookies are `Secure` and HSTS is sent, and people may sign in by passkeys, which belong to this host name for good.
    pub public_origin: String,
    /// The certificate (PEM, then those that vouch for it) by which this instance itself serves https; read anew when it changes. Empty: http, as
    /// on one machine, or behind a director in a network of its own.
    pub tls_certificate: PathBuf,
    /// Its private key (PEM).
    pub tls_key: PathBuf,
    /// A file of authorities (PEM): who asks has to show a certificate that one of them signed, as the director does. Empty: anybody may ask.
    pub tls_client_ca: PathBuf,
    /// The browser's files, as Trunk built them.
    pub site_dir: PathBuf,
    /// Connections at once; more wait in the system's queue until others end. Each is an open file, so it is fewer where the system allows fewer.
    pub max_connections: usize,
    /// How long a connection may take to send a request's whole head; an idle one is closed after it, too, so it is longer than a proxy in
    /// front keeps idle connections (the director: 30 s).
    pub header_timeout_ms: u64,
    /// A request that takes longer is answered with 503.
    pub request_timeout_ms: u64,
    /// The largest request body.
    pub body_limit_bytes: usize,
    /// Proxies in front whose `X-Forwarded-For` is believed: addresses such as `10.0.0.5` or networks such as `10.0.0.0/8`.
    /// Nobody's by default.
    pub trusted_proxies: Vec<Network>,
    /// How long open requests may go on after the order to stop.
    pub shutdown_grace_ms: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            host: IpAddr::from([127, 0, 0, 1]),
            port: 8080,
            public_origin: String::new(),
            tls_certificate: PathBuf::new(),
            tls_key: PathBuf::new(),
            tls_client_ca: PathBuf::new(),
            site_dir: "dist".into(),
            max_connections: 8_192,
            header_timeout_ms: 35_000,
            request_timeout_ms: 15_000,
            body_limit_bytes: 64 * 1024,
            trusted_proxies: Vec::new(),
            shutdown_grace_ms: 10_000,
        }
    }
}

impl ServerConfig {
    pub const fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.header_timeout_ms)
    }

    pub const fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    pub const fn shutdown_grace(&self) -> Duration {
        Duration::from_millis(self.shutdown_grace_ms)
    }

    /// By what this instance serves https itself, if it does.
    pub fn tls_files(&self) -> Option<Files> {
        files(&self.tls_certificate, &self.tls_key)
    }

    /// Whether people come over TLS.
    pub fn is_https(&self) -> bool {
        self.public_origin.starts_with("https://")
    }
}
