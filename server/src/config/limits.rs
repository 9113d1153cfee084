use serde::{Deserialize, Serialize};

/// What one address may send, and how large it may be. An address of the machine itself has no rate: that is a director in front
/// that `server.trusted_proxies` does not name, or whoever operates the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// State changes that one address may make in a minute, all of them at once if it likes; 0 sets no limit.
    pub changes_per_minute: u32,
    /// The same for signing in and registering.
    pub sign_ins_per_minute: u32,
    /// The longest path and query of a request.
    pub address_bytes: usize,
    /// The largest headers of a request, all together.
    pub headers_bytes: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self { changes_per_minute: 240, sign_ins_per_minute: 20, address_bytes: 8_192, headers_bytes: 16_384 }
    }
}
