//! Configuration: one struct for each concern, from defaults, then a TOML file, then the environment.
//!
//! Every setting stands in `docs/director.md`, which a test holds against [`Config`].

mod balance;
mod limits;
mod listen;
mod log;
mod source;
mod upstreams;

use serde::{Deserialize, Deserializer, Serialize, de};

pub use balance::{BalanceConfig, RetryConfig};
pub use limits::{CacheConfig, LimitsConfig};
pub use listen::{ListenConfig, ShutdownConfig, TlsConfig};
pub use log::{LogConfig, LogFormat};
pub use source::{ConfigError, check, load};
pub use upstreams::{HealthConfig, PassiveConfig, UpstreamsConfig};

/// All settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub listen: ListenConfig,
    pub tls: TlsConfig,
    pub upstreams: UpstreamsConfig,
    pub health: HealthConfig,
    pub passive: PassiveConfig,
    pub balance: BalanceConfig,
    pub retry: RetryConfig,
    pub limits: LimitsConfig,
    pub cache: CacheConfig,
    pub shutdown: ShutdownConfig,
    pub log: LogConfig,
}

/// A list, or in the environment its parts separated by commas.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Visitor;
    impl<'de> de::Visitor<'de> for Visitor {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list of texts")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(item) = items.next_element()? {
                all.push(item);
            }
            Ok(all)
        }
    }
    deserializer.deserialize_any(Visitor)
}
