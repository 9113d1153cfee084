use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::DatabaseAddress;

/// Where data lives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// Folder of the database, the search index and the models.
    pub dir: PathBuf,
    /// The database, such as `postgres://matinee@db1,db2/matinee`. Empty: an `SQLite` file in the folder.
    pub url: DatabaseAddress,
    /// Standbys that take reads which may be a little old, such as `postgres://matinee@db2/matinee`.
    pub replica_urls: Vec<DatabaseAddress>,
    /// How far a standby may be behind; further behind, the primary takes its reads.
    pub replica_max_lag_ms: u64,
    /// Connections that read the database at the same time; 0: twice the cores, 4 to 32.
    pub max_connections: u32,
    /// How long to wait for a connection.
    pub acquire_timeout_ms: u64,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            dir: "data".into(),
            url: DatabaseAddress::default(),
            replica_urls: Vec::new(),
            replica_max_lag_ms: 500,
            max_connections: 0,
            acquire_timeout_ms: 5_000,
        }
    }
}

impl DataConfig {
    /// What the store opens: an address, or the `SQLite` file. The former may hold a password.
    pub fn database(&self) -> String {
        if self.url.is_empty() { self.file().to_string_lossy().into_owned() } else { self.url.as_str().to_owned() }
    }

    /// The same for people.
    pub fn shown_database(&self) -> String {
        if self.url.is_empty() { self.file().display().to_string() } else { self.url.to_string() }
    }

    /// The `SQLite` file, which holds the data where there is no address.
    pub fn file(&self) -> PathBuf {
        self.dir.join("matinee.db")
    }

    /// The folder of the search index.
    pub fn index(&self) -> PathBuf {
        self.dir.join("index")
    }

    /// The folder of the models.
    pub fn models(&self) -> PathBuf {
        self.dir.join("models")
    }
}
