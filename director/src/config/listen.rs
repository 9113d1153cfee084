//! Where people reach the director, and how it stops.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

/// Addresses to listen on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListenConfig {
    /// Addresses for plain HTTP.
    #[serde(deserialize_with = "super::list")]
    pub http: Vec<String>,
    /// Addresses for HTTPS; needs `tls.certificate` and `tls.key`.
    #[serde(deserialize_with = "super::list")]
    pub https: Vec<String>,
    /// Answers plain HTTP with the way to HTTPS.
    pub redirect_to_https: bool,
    /// Address of metrics, health and the list of instances; not for the public. Empty: none.
    pub admin: String,
    /// Threads that carry requests; 0: one for each processor.
    pub threads: usize,
    /// Where a new process takes over the sockets of the old one; empty: in the runtime directory.
    pub upgrade_sock: PathBuf,
}

impl Default for ListenConfig {
    fn default() -> Self {
        Self {
            http: vec!["127.0.0.1:8000".to_owned()],
            https: Vec::new(),
            redirect_to_https: false,
            admin: "127.0.0.1:9100".to_owned(),
            threads: 0,
            upgrade_sock: PathBuf::new(),
        }
    }
}

impl ListenConfig {
    /// The socket's path: as set, else in `RUNTIME_DIRECTORY` (systemd's), `XDG_RUNTIME_DIR` or the folder for temporary
    /// files, named after the first address.
    pub fn upgrade_path(&self) -> PathBuf {
        if !self.upgrade_sock.as_os_str().is_empty() {
            return self.upgrade_sock.clone();
        }
        let folder = ["RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"]
            .into_iter()
            .find_map(std::env::var_os)
            .map_or_else(std::env::temp_dir, PathBuf::from);
        let first = self.http.first().or(self.https.first()).map_or("", String::as_str);
        let name: String = first.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        folder.join(format!("matinee-director-{name}.sock"))
    }

    /// Threads to run.
    pub fn worker_threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(2, usize::from),
            given => given,
        }
    }
}

/// The certificate; the files are looked at again and again, so that a renewed one is used without a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// PEM file: the certificate, then those that vouch for it.
    pub certificate: PathBuf,
    /// PEM file of its private key.
    pub key: PathBuf,
    /// How often to look whether the files have changed.
    pub reload_ms: u64,
}

impl Default for TlsConfig {
    fn default() -> Self {
        Self { certificate: PathBuf::new(), key: PathBuf::new(), reload_ms: 10_000 }
    }
}

impl TlsConfig {
    pub fn reload(&self) -> Duration {
        Duration::from_millis(self.reload_ms)
    }
}

/// How it stops.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShutdownConfig {
    /// How long open requests may go on after the order to stop.
    pub grace_ms: u64,
}

impl Default for ShutdownConfig {
    fn default() -> Self {
        Self { grace_ms: 15_000 }
    }
}
