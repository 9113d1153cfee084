//! What this process has written a moment ago: whoever wrote it must not read an older state of it from a secondary.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use uuid::Uuid;

/// Ids that are remembered; after more at once, everything counts as written.
const IDS: usize = 10_000;

/// Films and people that were written, and when.
#[derive(Debug)]
pub(crate) struct Recent {
    /// How long a secondary may lag behind, and a little more.
    remembered: Duration,
    written: Mutex<Written>,
}

#[derive(Debug, Default)]
struct Written {
    ids: HashMap<Uuid, Instant>,
    everything: Option<Instant>,
}

impl Recent {
    pub fn new(max_lag: Duration) -> Self {
        // A secondary is told to be near until it is asked again.
        Self { remembered: max_lag * 2, written: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn note(&self, ids: impl Iterator<Item = Uuid>) {
        let now = Instant::now();
        let mut written = self.lock();
        written.ids.extend(ids.map(|id| (id, now)));
        if written.ids.len() > IDS {
            written.ids.retain(|_, at| now.saturating_duration_since(*at) < self.remembered);
            if written.ids.len() > IDS {
                *written = Written { ids: HashMap::new(), everything: Some(now) };
            }
        }
    }

    pub fn note_everything(&self) {
        self.lock().everything = Some(Instant::now());
    }

    /// Whether any of these was written a moment ago.
    pub fn holds_any(&self, ids: &[Uuid]) -> bool {
        let written = self.lock();
        let is_recent = |at: &Instant| at.elapsed() < self.remembered;
        written.everything.as_ref().is_some_and(is_recent)
            || ids.iter().any(|id| written.ids.get(id).is_some_and(is_recent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_remembered_and_nothing_else() {
        let recent = Recent::new(Duration::from_mins(1));
        let [a, b] = [1, 2].map(Uuid::from_u128);
        recent.note([a].into_iter());
        assert!(recent.holds_any(&[b, a]) && !recent.holds_any(&[b]) && !recent.holds_any(&[]));
        recent.note((0..20_000).map(Uuid::from_u128));
        assert!(recent.holds_any(&[]), "too much to remember one by one");
        assert!(!Recent::new(Duration::ZERO).holds_any(&[a]));
    }
}
