//! The one place that asks what time it is; how long something took is `Instant`'s.

use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// Now, for log lines.
#[expect(clippy::disallowed_methods, reason = "the director's only clock; nothing decides by it")]
pub fn now() -> DateTime<Utc> {
    DateTime::from(SystemTime::now())
}
