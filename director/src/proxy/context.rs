//! What is remembered of a request on its way.

use std::{net::IpAddr, sync::Arc, time::Instant};

use uuid::Uuid;

use crate::upstreams::{InFlight, Tried, Upstream};

/// When a request that an instance has got may be sent to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// Once more might do it twice.
    Never,
    /// Only when the instance is known to have broken off, and the next one is told, so that it looks whether it was carried out.
    WithWarning,
    /// It does no more when sent twice, but it takes work: only when the instance is known to have broken off.
    WhenBrokenOff,
    /// It only reads, or sets what is then as it says.
    Always,
}

/// One request's state.
#[derive(Debug)]
pub struct RequestContext {
    /// Made here, whatever the client sent: it stands in logs and in the journal.
    pub id: String,
    pub started: Instant,
    /// When it was sent to the instance that has it now.
    pub sent: Instant,
    /// When the answer's headers went to the client.
    pub answered: Option<Instant>,
    pub client: Option<IpAddr>,
    pub is_tls: bool,
    /// The session that it belongs to.
    pub key: Option<Vec<u8>>,
    pub repeats: Repeats,
    /// An instance that had it broke off, and to do it twice is more than to do it once.
    pub may_be_done: bool,
    pub tried: Tried,
    pub in_flight: Option<InFlight>,
    pub body_bytes: usize,
}

impl Default for RequestContext {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            id: Uuid::now_v7().simple().to_string(),
            started: now,
            sent: now,
            answered: None,
            client: None,
            is_tls: false,
            key: None,
            repeats: Repeats::Never,
            may_be_done: false,
            tried: Tried::default(),
            in_flight: None,
            body_bytes: 0,
        }
    }
}

impl RequestContext {
    /// The instance that has it.
    pub fn upstream(&self) -> Option<&Arc<Upstream>> {
        self.in_flight.as_ref().map(InFlight::upstream)
    }
}
