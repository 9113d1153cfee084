use std::path::PathBuf;

use matinee_connections::Files;
use serde::{Deserialize, Serialize};

use super::files;

/// Where recommendations are computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AiConfig {
    /// Addresses of AI workers (`matinee-ai serve`), such as `http://10.0.0.5:8090`. Empty: this process computes. When the
    /// configuration file changes, workers join and leave without a restart.
    pub workers: Vec<String>,
    /// A file of authorities (PEM): workers at `https://` addresses have to show a certificate that one of them signed. Empty: one that the
    /// machine believes.
    pub tls_ca: PathBuf,
    /// The certificate (PEM) that this instance shows to workers; read anew when it changes. Empty: none.
    pub tls_certificate: PathBuf,
    /// Its private key (PEM).
    pub tls_key: PathBuf,
    /// ONNX Runtime's shared library, for the worker in this process.
    pub ort_library: PathBuf,
    /// Inference threads of the worker in this process.
    pub threads: usize,
    /// Requests that may wait for the worker; more are refused.
    pub queue_len: usize,
    /// Requests computed together at most.
    pub batch_max: usize,
    /// Events computed together at most: requests × the events of the longest one.
    pub batch_events: usize,
    /// How long a batch waits for more requests once it has begun.
    pub batch_window_us: u64,
    /// The share of a core that embedding films for descriptions may take in this process, in percent (1–100).
    pub text_share_percent: u32,
    /// A recommendation that takes longer is given up, and popular films are shown.
    pub timeout_ms: u64,
    /// Of AI workers: when a second one is asked beside the first, as long as too few answers were seen to know how long
    /// they take; later that is after 95 of 100 have come.
    pub first_hedge_ms: u64,
    /// Of AI workers: how often they are asked whether they are ready.
    pub watch_interval_ms: u64,
    /// How often to look for a new model and whether one is on trial, and of AI workers: for a change of the configuration file.
    pub reload_interval_ms: u64,
}

impl Default for AiConfig {
    fn default() -> Self {
        Self {
            workers: Vec::new(),
            tls_ca: PathBuf::new(),
            tls_certificate: PathBuf::new(),
            tls_key: PathBuf::new(),
            ort_library: "libonnxruntime.so".into(),
            threads: 1,
            queue_len: 256,
            batch_max: 16,
            batch_events: 8_192,
            batch_window_us: 500,
            text_share_percent: 50,
            timeout_ms: 1_000,
            first_hedge_ms: 100,
            watch_interval_ms: 1_000,
            reload_interval_ms: 2_000,
        }
    }
}

impl AiConfig {
    /// What this instance shows to workers, if it does.
    pub fn tls_files(&self) -> Option<Files> {
        files(&self.tls_certificate, &self.tls_key)
    }
}
