use matinee_domain::Timestamp;
use matinee_services::ports::Retention;
use serde::{Deserialize, Serialize};

/// How long the journal of changes is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryConfig {
    /// Days that every change is kept; five quarters by default.
    pub keep_days: u32,
    /// Versions of each row that are kept whatever their age.
    pub keep_versions: u32,
}

impl Default for HistoryConfig {
    fn default() -> Self {
        Self { keep_days: 457, keep_versions: 5 }
    }
}

impl HistoryConfig {
    /// What is kept at this moment.
    pub fn retention(&self, now: Timestamp) -> Retention {
        let older_than = now - chrono::TimeDelta::days(self.keep_days.into());
        Retention { older_than, keep_versions: self.keep_versions }
    }
}
