use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::DataConfig;

/// Backups of the database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BackupConfig {
    /// Folder of the backups; empty: `backups` in the data folder. Better on another disk.
    pub dir: PathBuf,
    /// Folder of PostgreSQL's programs, of the server's version; empty: on the path, or where Debian puts them.
    pub postgres_bin: PathBuf,
    /// Time between two backups that a running server makes. 0: it makes none.
    pub interval_minutes: u32,
    /// So many of the newest verified backups stay.
    pub keep_count: usize,
    /// A verified backup stays at least this long.
    pub keep_days: u32,
}

impl Default for BackupConfig {
    fn default() -> Self {
        Self { dir: PathBuf::new(), postgres_bin: PathBuf::new(), interval_minutes: 0, keep_count: 7, keep_days: 30 }
    }
}

impl BackupConfig {
    /// The folder of the backups of what is in `data`.
    pub fn folder(&self, data: &DataConfig) -> PathBuf {
        if self.dir.as_os_str().is_empty() { data.dir.join("backups") } else { self.dir.clone() }
    }
}
