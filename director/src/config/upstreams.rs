//! Which web instances there are, and how they are found to be well.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

/// Where the list of instances comes from: all three places together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamsConfig {
    /// Addresses of web instances.
    #[serde(deserialize_with = "super::list")]
    pub servers: Vec<String>,
    /// TOML file of instances (`[[server]]`: `address`, `weight`, `drain`), read again when it changes.
    pub file: PathBuf,
    /// A name and port whose every address is an instance, asked for again and again.
    pub dns: String,
    /// The name for which every instance has to show a certificate. With one, instances are asked by TLS; empty: by plain HTTP.
    pub server_name: String,
    /// PEM file of the authorities that are believed for instances; needed with `server_name`.
    pub ca: PathBuf,
    /// PEM file of the certificate that the director shows to instances, then those that vouch for it; empty: none.
    pub certificate: PathBuf,
    /// PEM file of its private key.
    pub key: PathBuf,
    /// How often to look at file and name.
    pub refresh_ms: u64,
}

impl Default for UpstreamsConfig {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            file: PathBuf::new(),
            dns: String::new(),
            server_name: String::new(),
            ca: PathBuf::new(),
            certificate: PathBuf::new(),
            key: PathBuf::new(),
            refresh_ms: 1000,
        }
    }
}

impl UpstreamsConfig {
    pub fn refresh(&self) -> Duration {
        Duration::from_millis(self.refresh_ms)
    }
}

/// Active health checks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HealthConfig {
    /// What is asked for; 200 is well.
    pub path: String,
    /// Time between two questions to one instance.
    pub interval_ms: u64,
    /// An answer that takes longer counts as none.
    pub timeout_ms: u64,
    /// So many bad answers in a row, and an instance gets no more requests.
    pub unhealthy_after: u32,
    /// So many good answers in a row, and it gets them again.
    pub healthy_after: u32,
}

impl Default for HealthConfig {
    fn default() -> Self {
        Self { path: "/readyz".to_owned(), interval_ms: 1000, timeout_ms: 1000, unhealthy_after: 2, healthy_after: 2 }
    }
}

impl HealthConfig {
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.interval_ms)
    }

    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }
}

/// What requests themselves tell of an instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PassiveConfig {
    /// So many failures in a row (no connection in time, no answer, 502, 503, 504) set an instance aside.
    pub errors_in_a_row: u32,
    /// For how long at first; each time again twice as long, 16 times at most.
    pub eject_ms: u64,
    /// An instance whose answers take so many times as long as the others' median is set aside, too; 0: never.
    pub latency_factor: f64,
    /// Answers quicker than this are never too slow.
    pub latency_min_ms: u64,
}

impl Default for PassiveConfig {
    fn default() -> Self {
        Self { errors_in_a_row: 5, eject_ms: 2000, latency_factor: 5.0, latency_min_ms: 500 }
    }
}
