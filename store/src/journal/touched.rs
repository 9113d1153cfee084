//! Which films and people a transaction changed, for whoever must not read an older state of them.

use super::{
    change::uuid_of,
    tx::{Changes, Entry},
};
use crate::recent::Recent;

/// Remembers what was written.
pub(crate) fn note_written(changes: &Changes, recent: &Recent) {
    let mut ids = Vec::new();
    for entry in changes {
        match entry {
            Entry::Row(change) => ids.extend(change.key.iter().filter_map(uuid_of).chain(change.subject)),
            // Too many to remember one by one.
            Entry::Added(..) => recent.note_everything(),
        }
    }
    if !ids.is_empty() {
        recent.note(ids.into_iter());
    }
}
