//! Recommendations: what the web instance and the AI worker say to each other ([`protocol`]), the web's side of it
//! (`pool`), models as files (`model`) and where all machines get them (`artefacts`), inference (`worker`), the
//! exact best of a million films (`scan`), films by what they are about (`text`), fitting (`trainer`), what becomes of a model (`life`),
//! how sure it is what is measured of one (`bootstrap`), the worker's HTTP side (`http`) and the
//! `matinee-ai` program (`cli`).
//!
//! A model is a directory with an ONNX graph, a map from graph index to film and a manifest that seals both with their
//! hashes. The trainer writes it, the worker loads it; they share nothing else. Each module but `protocol` is behind
//! the feature of its name, so that a web instance that talks to remote workers carries no ONNX Runtime.

#[cfg(feature = "artefacts")]
pub mod artefacts;
#[cfg(feature = "trainer")]
pub mod bootstrap;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod http;
#[cfg(feature = "trainer")]
pub mod life;
#[cfg(feature = "worker")]
pub mod model;
#[cfg(feature = "pool")]
pub mod pool;
pub mod protocol;
#[cfg(feature = "worker")]
pub mod scan;
#[cfg(feature = "worker")]
pub mod text;
#[cfg(feature = "trainer")]
pub mod trainer;
#[cfg(feature = "worker")]
pub mod worker;

/// The time, as the other crates take it.
pub use matinee_services::ports::{Clock, SystemClock};
