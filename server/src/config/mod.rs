//! Configuration: one struct for each concern, from built-in defaults, then a file, then the environment.
//!
//! A key that doesn't exist or a value that can't be is an error that names the key, the value, and the file or variable
//! it came from. Every setting stands in `docs/settings.md`, which a test holds against [`Config`].

mod address;
mod ai;
mod auth;
mod backup;
mod cache;
mod data;
mod history;
mod limits;
mod log;
mod mail;
mod network;
mod search;
mod secret;
mod server;
mod sign_in;
mod source;

pub use address::DatabaseAddress;
pub use ai::AiConfig;
pub use auth::AuthConfig;
pub use backup::BackupConfig;
pub use cache::CacheConfig;
pub use data::DataConfig;
pub use history::HistoryConfig;
pub use limits::LimitsConfig;
pub use log::{LogConfig, LogFormat};
pub use mail::{MailConfig, MailSecurity};
pub use network::{Network, NotANetwork};
pub use search::SearchConfig;
pub use secret::Secret;
pub use server::ServerConfig;
pub use sign_in::{Preset, ProviderConfig, SignInConfig, is_guarded};
pub use source::{ConfigError, file, load, source_of};

use std::path::Path;

use matinee_connections::Files;
use serde::{Deserialize, Serialize};

/// All settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub server: ServerConfig,
    pub data: DataConfig,
    pub ai: AiConfig,
    pub auth: AuthConfig,
    pub sign_in: SignInConfig,
    pub mail: MailConfig,
    pub backup: BackupConfig,
    pub search: SearchConfig,
    pub history: HistoryConfig,
    pub limits: LimitsConfig,
    pub cache: CacheConfig,
    pub log: LogConfig,
}

/// A certificate and its key, where both are set: that one alone is set is found before.
fn files(certificate: &Path, key: &Path) -> Option<Files> {
    let are_set = !certificate.as_os_str().is_empty() && !key.as_os_str().is_empty();
    are_set.then(|| Files { certificate: certificate.to_owned(), key: key.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_settings_are_printed_without_a_single_secret() {
        let mut config = Config::default();
        config.data.url = DatabaseAddress::from("postgres://ada:sesame-1@db/films");
        config.data.replica_urls = vec![DatabaseAddress::from("postgres://ada:sesame-2@replica/films")];
        config.auth.secrets_keys = Secret::from("sesame-3");
        config.mail.smtp_password = Secret::from("sesame-4");
        config.sign_in.providers =
            vec![ProviderConfig { client_secret: Secret::from("sesame-5"), ..ProviderConfig::default() }];
        for shown in [format!("{config:?}"), format!("{config:#?}"), serde_json::to_string(&config).unwrap()] {
            assert!(shown.contains("(hidden)") && shown.contains("replica/films"), "{shown}");
            assert!(!shown.contains("sesame"), "{shown}");
        }
    }
}
