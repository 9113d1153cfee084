//! Fitting a model: ratings → [`interactions`] → [`tuning`] on held-out people → [`factors`] by [`ease`] → ONNX graphs
//! ([`onnx`]) → a version in the model directory.
//!
//! Beside it, [`install_text_model`] writes the graph of a language model that others trained.
//!
//! [`stars`] is the head that predicts what somebody would give a film, fitted beside it to the same ratings. [`ials`] and [`sasrec`] are stages that `matinee-ai evaluate` measures beside it; training doesn't use them.
//!
//! [`transitions`] is what is rated after what, fitted beside it where that tells more of what comes next than taste alone.
//!
//! [`tower`] places films that nobody has rated by what they are about.
//!
//! What was tried while choosing settings is kept beside the models ([`Tried`]).
//!
//! How many films are taken in is the matter of [`bound`]. [`train`] does all of it. Everything is deterministic for a seed; the time comes from the caller.

mod blend;
mod bound;
pub mod ease;
mod error;
mod factors;
mod fold_in;
pub mod ials;
mod interactions;
mod language;
mod memory;
pub mod metrics;
mod onnx;
mod pace;
pub mod sasrec;
mod solver;
mod sparse;
pub mod stars;
mod steps;
mod subspace;
pub mod tower;
mod train;
pub mod transitions;
mod tried;
pub mod tuning;
mod validation;

pub use blend::Blend;
pub use bound::Bound;
pub use error::TrainError;
pub use factors::{Embeddings, Factors, FitOptions};
pub use fold_in::{FoldIn, Popularity, WithPrior};
pub use interactions::{Interaction, Interactions, read_ratings};
pub use language::{install_text_model, pack_text_model};
pub use pace::Pace;
pub use train::{Choosing, Chosen, Progress, ProgressListener, TrainOptions, fit_and_write, train, write_model};
pub use tried::{Origin, Tried};
