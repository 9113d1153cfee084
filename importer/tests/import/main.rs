//! The importer as its callers see it: files in, rows out, against a catalogue in memory.
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic; the lint's own exception misses helpers in integration tests"
)]

mod bad_input;
mod catalogue;
mod facts;
mod files;
mod formats;
mod imdb;
mod real_data;
mod resume;
mod titles;
mod wikipedia;
