//! The journal: every change of a row is kept in the transaction that makes it, and can be taken back.
//!
//! - [`tables`] lists what is journaled. A table that is not listed there can't be changed through a [`Tx`], and the test
//!   suite finds writes that go round it.
//! - [`Tx`] is the transaction that repositories write in; it remembers what was there.
//! - [`writing`] keeps a change set (who, why, when) with its changed rows before the commit; PostgreSQL writes the only
//!   change of a transaction and its change set by one statement.
//! - [`following`] tells what films were changed, for caches and the search index.
//! - [`reading`] lists and shows change sets; [`revert`] takes them back; [`retention`] drops what is too old.
//!
//! A change set of one change, which most are, holds it in its own row; the changes of others are rows of their own. Both
//! together are [`entries`].
//!
//! A row's version is 1 when it is added and one more with every change. Rows that a bulk write adds are kept as their
//! keys alone, packed; a row that is changed or removed is kept as it was before, as JSON.

mod change;
mod entries;
mod following;
mod origin;
mod plan;
mod reading;
mod repository;
mod retention;
mod revert;
mod selecting;
mod standing;
mod tables;
mod touched;
mod tx;
mod writing;

pub(crate) use change::{Change, PackedKeys, Row};
#[cfg(test)]
pub(crate) use following::{film_changes, rated_films};
#[cfg(test)]
pub(crate) use reading::list as list_change_sets;
pub(crate) use retention::{Place, SEVERAL, SINGLE, forget, goes, note_erased};
pub(crate) use tables::{
    ACTIVITY, API_TOKENS, CREDITS, EVENING_GUESTS, EVENINGS, EXTERNAL_IDS, IDENTITIES, IMPORTS, KNOBS, MARKS, MODELS,
    MOVIE_GENRES, MOVIE_TITLES, MOVIES, PASSKEYS, PEOPLE, RATINGS, RECOVERY_CODES, SECOND_FACTORS, SESSIONS, TRIALS,
    Table, USERS,
};
pub(crate) use touched::note_written;
pub(crate) use tx::{BULK_ROWS, OwnSet, Tx};
pub(crate) use writing::{Cause, Ids, Journal};
