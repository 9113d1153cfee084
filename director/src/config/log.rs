//! What is written down.

use serde::{Deserialize, Serialize};

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// The log and the access log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// What is logged, as `tracing-subscriber` reads it.
    pub filter: String,
    /// `text` for people, `json` for programs.
    pub format: LogFormat,
    /// A line of JSON for each request: `off`, `stdout`, or a file that is added to.
    pub access: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            // A client that hangs up or speaks no HTTP is nothing to tell of; the measurements count them.
            filter: "info,pingora_core=warn,pingora_core::services=off,pingora_proxy=warn,pingora_cache=error"
                .to_owned(),
            format: LogFormat::Text,
            access: "stdout".to_owned(),
        }
    }
}
