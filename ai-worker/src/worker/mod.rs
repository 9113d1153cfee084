//! Inference: events in, films with the terms of their scores out.
//!
//! [`Engine`] is the [`Recommender`](matinee_services::ports::Recommender) of a process: a bounded queue in front of
//! dedicated threads ([`inference`]), each with its own ONNX Runtime sessions ([`ranker`]). A thread takes all that
//! waits, up to a batch ([`queue`]), translates it with the model that is loaded at that moment ([`query`]), runs the graph once
//! and answers. [`Engine::reload`] puts another model in place between two batches: no request is dropped. A model
//! may score beside the live one, unseen ([`shadow`]).

mod agreement;
mod engine;
mod error;
mod inference;
mod kept;
mod loaded;
mod next;
mod options;
mod query;
pub(crate) mod queue;
mod ranker;
mod runtime;
mod scanner;
mod shadow;
mod solo;
mod stars;

pub use engine::Engine;
pub use error::EngineError;
pub use options::EngineOptions;
pub use query::MAX_TERMS;
pub use ranker::{Query, Ranked, Ranker};
pub use runtime::OnnxRuntime;
pub use solo::Solo;
pub use stars::StarsHead;

/// The score of a film that must not be recommended. Finite, so that arithmetic on it stays ordered.
pub const MASKED: f32 = -1e30;
