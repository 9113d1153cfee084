//! The importer as its callers see it: files in, rows out, against a catalogue in memory.

mod bad_input;
mod catalogue;
mod facts;
mod files;
mod formats;
mod real_data;
mod resume;
mod titles;
