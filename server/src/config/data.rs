use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where data lives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// Folder of the database, the search index and the models.
    pub dir: PathBuf,
    /// Connections that read the database at the same time.
    pub max_connections: u32,
    /// How long to wait for a connection.
    pub acquire_timeout_ms: u64,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self { dir: "data".into(), max_connections: 8, acquire_timeout_ms: 5_000 }
    }
}

impl DataConfig {
    /// The `SQLite` file.
    pub fn database(&self) -> PathBuf {
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
