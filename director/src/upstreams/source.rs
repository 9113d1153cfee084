//! The list of instances: from the settings, a file and the name service, looked at again and again.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::Deserialize;
use thiserror::Error;
use tokio::{net::lookup_host, time::timeout};

use super::{Fleet, Upstreams};
use crate::config::{BalanceConfig, UpstreamsConfig};

/// How long the name service may take.
const DNS_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest weight.
const MOST_WEIGHT: u32 = 100;

/// An instance as it stands in a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its share of requests beside the others', 1 to 100.
    #[serde(default = "one")]
    pub weight: u32,
    /// It is about to leave: it finishes what it has and gets nothing new.
    #[serde(default)]
    pub drain: bool,
}

fn one() -> u32 {
    1
}

impl Listed {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, weight: 1, drain: false }
    }
}

/// The file of instances.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServersFile {
    #[serde(default)]
    server: Vec<Listed>,
}

/// A list that can't be used. The one before stays in service.
#[derive(Debug, Error)]
pub enum SourceError {
    #[error("the list of instances {path} can't be read: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error(
        "the list of instances {path} is wrong: {source}; it must be like [[server]] with address = \"10.0.0.5:8080\""
    )]
    Malformed { path: PathBuf, source: Box<toml::de::Error> },
    #[error("the list of instances {path} gives {address} the weight {weight}; it must be between 1 and 100")]
    Weight { path: PathBuf, address: SocketAddr, weight: u32 },
    #[error("the name {name} was not resolved: {source}")]
    Unresolved { name: String, source: std::io::Error },
    #[error("the name {name} was not resolved within {DNS_TIMEOUT:?}")]
    Slow { name: String },
}

/// Reads the file of instances.
///
/// # Errors
/// When it can't be read or holds something else.
pub fn read(path: &Path) -> Result<Vec<Listed>, SourceError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| SourceError::Unreadable { path: path.to_owned(), source })?;
    let file: ServersFile = toml::from_str(&text)
        .map_err(|source| SourceError::Malformed { path: path.to_owned(), source: Box::new(source) })?;
    match file.server.iter().find(|one| !(1..=MOST_WEIGHT).contains(&one.weight)) {
        Some(&Listed { address, weight, .. }) => Err(SourceError::Weight { path: path.to_owned(), address, weight }),
        None => Ok(file.server),
    }
}

/// The whole list of this moment, in an order of its own.
///
/// # Errors
/// When one of the places can't tell: a list of which a part is missing would move everybody.
pub async fn list(config: &UpstreamsConfig) -> Result<Vec<Listed>, SourceError> {
    let mut all: Vec<Listed> =
        config.servers.iter().filter_map(|address| address.parse().ok()).map(Listed::new).collect();
    if !config.file.as_os_str().is_empty() {
        all.extend(read(&config.file)?);
    }
    if !config.dns.is_empty() {
        let name = || config.dns.clone();
        let found = timeout(DNS_TIMEOUT, lookup_host(config.dns.as_str()))
            .await
            .map_err(|_| SourceError::Slow { name: name() })?
            .map_err(|source| SourceError::Unresolved { name: name(), source })?;
        all.extend(found.map(Listed::new));
    }
    all.sort_by_key(|one| one.address);
    all.dedup_by_key(|one| one.address);
    Ok(all)
}

/// Follows the list for ever.
pub async fn follow(upstreams: Arc<Upstreams>, config: UpstreamsConfig, balance: BalanceConfig, mut last: Vec<Listed>) {
    let mut ticks = tokio::time::interval(config.refresh());
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut complained = String::new();
    loop {
        ticks.tick().await;
        match list(&config).await {
            Ok(new) => {
                complained.clear();
                if new != last {
                    tracing::info!(before = last.len(), now = new.len(), "the list of instances has changed");
                    upstreams.replace(Fleet::new(&new, Some(&upstreams.fleet()), &balance));
                    last = new;
                }
            }
            Err(error) => {
                metrics::counter!("director_list_errors_total").increment(1);
                // Once for each thing that is wrong, not every second.
                let error = error.to_string();
                if error != complained {
                    tracing::error!(error, "the list of instances stays as it was");
                    complained = error;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Listed>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("servers.toml");
        std::fs::write(&path, text).unwrap();
        read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_lists_instances_with_weights_and_those_about_to_leave() {
        let all = read_text(
            "[[server]]\naddress = \"10.0.0.1:80\"\n[[server]]\naddress = \"[::1]:81\"\nweight = 3\ndrain = true\n",
        );
        let all = all.unwrap();
        assert_eq!((all[0].weight, all[0].drain), (1, false));
        assert_eq!((all[1].address.port(), all[1].weight, all[1].drain), (81, 3, true));
        assert_eq!(read_text("").unwrap(), []);
    }

    #[test]
    fn a_wrong_file_says_where_and_what_would_be_right() {
        for (text, part) in [
            ("[[server]]\naddress = \"web1\"\n", "10.0.0.5:8080"),
            ("[[servers]]\n", "servers"),
            ("[[server]]\naddress = \"10.0.0.1:80\"\nweight = 0\n", "between 1 and 100"),
        ] {
            let error = read_text(text).unwrap_err();
            assert!(error.contains("servers.toml") && error.contains(part), "{error}");
        }
        assert!(read(Path::new("/nowhere/servers.toml")).unwrap_err().to_string().contains("/nowhere/servers.toml"));
    }
}
