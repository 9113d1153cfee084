use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where recommendations are computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AiConfig {
    /// Addresses of AI workers (`matinee-ai serve`), such as `http://10.0.0.5:8090`. Empty: this process computes.
    pub urls: Vec<String>,
    /// ONNX Runtime's shared library, for the worker in this process.
    pub ort_library: PathBuf,
    /// Inference threads of the worker in this process.
    pub threads: usize,
    /// Requests that may wait for the worker; more are refused.
    pub queue_len: usize,
    /// Requests computed together at most.
    pub batch_max: usize,
    /// A recommendation that takes longer is given up, and popular films are shown.
    pub timeout_ms: u64,
    /// How often to look for a new model.
    pub reload_interval_ms: u64,
}

impl Default for AiConfig {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            ort_library: "libonnxruntime.so".into(),
            threads: 1,
            queue_len: 256,
            batch_max: 16,
            timeout_ms: 1_000,
            reload_interval_ms: 2_000,
        }
    }
}
