//! What every store must do, written against the ports and run on each engine that can be reached.

#![expect(clippy::unwrap_used, reason = "a test that panics says what it found")]

#[path = "../../connections/tests/suite/authority.rs"]
mod authority;
mod cluster;
mod conformance;
mod postgres;
