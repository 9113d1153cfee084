//! The built director as a process, before real web servers.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod support;

#[path = "../../../connections/tests/suite/authority.rs"]
mod authority;
mod bytes;
mod certificates;
mod faults;
mod files;
mod limits;
mod malformed;
mod operation;
mod replacing;
mod routing;
mod secured;
mod settings;
