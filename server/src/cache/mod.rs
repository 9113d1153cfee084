//! What this instance keeps of the catalogue: films and rows that many people look at. Data, never rendered pages.
//!
//! [`films`] is the movie repository with a memory, [`telling`] what tells it of changes made here; the journal tells of those
//! made elsewhere ([`crate::following`]). [`kept`] is one such memory: bounded in bytes ([`bytes`]), with one reader for a key at
//! a time, and with [`generations`], so that what was being read while it changed is never taken for what it is now. What is older
//! than `cache.ttl_ms` and was not changed by anybody is shown once more while it is read anew, so a database that is slow or gone
//! is not waited for. [`sessions`] keeps sessions, for much shorter. [`tally`] counts; [`warming`] reads what was asked for most when the instance starts.

pub mod bytes;
mod films;
mod generations;
pub mod kept;
mod sessions;
pub mod tally;
mod telling;
mod warming;

pub use self::{
    films::CachedMovies,
    sessions::{CachedSessions, read_anew},
    telling::{ForgetfulEditing, ForgetfulRatings},
    warming::keep_warm,
};
