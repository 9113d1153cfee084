//! The web instance from the outside: real database, real search index, a real model through ONNX Runtime; only the clock
//! is the tests' own.

#![expect(clippy::unwrap_used, reason = "a test that fails this way has failed")]

mod access;
#[path = "../../../connections/tests/suite/authority.rs"]
mod authority;
mod backups;
mod bad_database;
mod bad_input;
mod breached;
mod concurrency;
mod connections;
mod degraded;
mod describing;
mod docs;
mod duty;
mod evenings;
mod export;
mod history;
mod history_log;
mod hostile;
mod importing;
mod inside;
mod journeys;
mod kills;
mod limits;
mod mail;
mod pages;
mod passkeys;
mod proof;
mod registration;
mod sealing;
mod second_factor;
mod security;
mod security_log;
mod sent_again;
mod staleness;
mod support;
mod timing;
mod token_access;
mod training;
mod trials;
mod tuning;
mod unforeseen;
mod users;
