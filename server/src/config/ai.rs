use std::{fmt::Display, path::PathBuf, time::Duration};

use matinee_ai::artefacts::{AddressStyle, ArtefactError, ArtefactOptions, ArtefactStore, Credentials};
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
    /// Where models' files are for machines with folders of their own, such as `s3://bucket/prefix` of an S3-compatible store: `matinee train`
    /// puts them there, and an instance that computes itself follows the registry and fetches what it lacks. Empty: the data folder alone.
    /// Credentials are `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` of the environment.
    pub models_store: String,
    /// The store's address, such as `http://10.0.0.9:9000`. Empty: Amazon's of the region.
    pub models_store_endpoint: String,
    /// The store's region.
    pub models_store_region: String,
    /// Whether the bucket stands in the path of addresses (`path`) or in their host (`host`). Empty: in the path where an endpoint is named.
    pub models_store_style: String,
    /// How long the store may take for connecting, for the beginning of an answer, and between two pieces of it.
    pub models_store_timeout_ms: u64,
    /// A larger model is neither put there nor fetched.
    pub models_store_max_bytes: u64,
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
            models_store: String::new(),
            models_store_endpoint: String::new(),
            models_store_region: ArtefactOptions::REGION.to_owned(),
            models_store_style: String::new(),
            models_store_timeout_ms: 30_000,
            models_store_max_bytes: ArtefactOptions::MAX_BYTES,
            reload_interval_ms: 2_000,
        }
    }
}

impl AiConfig {
    /// What this instance shows to workers, if it does.
    pub fn tls_files(&self) -> Option<Files> {
        files(&self.tls_certificate, &self.tls_key)
    }

    /// The store of models' files, if one is named.
    ///
    /// # Errors
    /// When it can't be one, or its credentials are not in the environment.
    pub fn open_models_store(&self) -> Result<Option<ArtefactStore>, ArtefactError> {
        if self.models_store.is_empty() {
            return Ok(None);
        }
        let options = ArtefactOptions::new(&self.models_store, ArtefactOptions::credentials_of_environment()?)?;
        Ok(Some(ArtefactStore::open(ArtefactOptions {
            endpoint: Some(self.models_store_endpoint.clone()).filter(|endpoint| !endpoint.is_empty()),
            region: self.models_store_region.clone(),
            style: self.models_store_style.parse::<AddressStyle>().ok(),
            timeout: Duration::from_millis(self.models_store_timeout_ms),
            max_bytes: self.models_store_max_bytes,
            ..options
        })?))
    }

    /// Settings of the store that can't be: key, value, and what would be right.
    pub(super) fn problems(&self) -> Vec<(&'static str, String, &'static str)> {
        let mut problems = Vec::new();
        let mut need = |fine: bool, key, value: &dyn Display, right| {
            if !fine {
                problems.push((key, value.to_string(), right));
            }
        };
        let store = &self.models_store;
        // Whose credentials it will be asked with does not matter to whether it is an address.
        let is_address = ArtefactOptions::new(store, Credentials::new("", "")).is_ok();
        need(store.is_empty() || is_address, "ai.models_store", store, "empty or like s3://bucket/prefix");
        let style = &self.models_store_style;
        let is_style = style.is_empty() || style.parse::<AddressStyle>().is_ok();
        need(is_style, "ai.models_store_style", style, "empty, `path` or `host`");
        let timeout = self.models_store_timeout_ms;
        need((100..=600_000).contains(&timeout), "ai.models_store_timeout_ms", &timeout, "between 100 and 600000");
        let most = self.models_store_max_bytes;
        need(most >= 1, "ai.models_store_max_bytes", &most, "1 or more");
        problems
    }
}
