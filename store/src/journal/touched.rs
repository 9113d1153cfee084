//! Which films and people a transaction changed, for whoever must not read an older state of them.

use super::{
    change::{Change, uuid_of},
    tx::{Entry, Noted},
};
use crate::recent::Recent;

/// Remembers what was written.
pub(crate) fn note_written(noted: &Noted, recent: &Recent) {
    let named = |change: &Change| change.key.iter().filter_map(uuid_of).chain(change.subject).collect::<Vec<_>>();
    let mut ids: Vec<_> = noted.own_sets.iter().flat_map(|(_, own)| named(&own.change)).collect();
    if noted.spilled.is_some() {
        recent.note_everything();
    }
    for entry in &noted.changes {
        match entry {
            Entry::Row(change) => ids.extend(named(change)),
            // Too many to remember one by one.
            Entry::Added(..) => recent.note_everything(),
        }
    }
    if !ids.is_empty() {
        recent.note(ids.into_iter());
    }
}
