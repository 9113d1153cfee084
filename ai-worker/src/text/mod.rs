//! Texts to meanings: a sentence-embedding model in ONNX Runtime, and the films that are nearest to a description.
//!
//! [`TextEngine`] is the [`Describer`](matinee_services::ports::Describer) of a process: a bounded queue in front of one dedicated
//! thread ([`inference`]), which makes tokens of texts ([`wordpiece`]), runs the graph ([`encoder`]) and reads the films'
//! embeddings ([`films`]). Those are kept in a file beside the model ([`kept`]), and computed behind everything else by
//! [`filling`]: only films that are new or were changed.
//!
//! Without a model every question is answered with `NoTextModel`, and nothing else is touched by it; one that is installed later
//! (`matinee-ai text-model`) is taken in the running process.

mod directory;
mod encoder;
mod engine;
mod error;
mod filling;
mod films;
mod inference;
mod kept;
mod options;
mod wordpiece;

pub use directory::{LoadedText, TextDirectory, TextDraft, TextManifest};
pub use engine::{Embedded, TextEngine};
pub use error::TextError;
pub use filling::{Filler, Filling, film_text};
pub use options::TextOptions;
pub use wordpiece::WordPiece;

#[cfg(feature = "cli")]
pub(crate) use encoder::Encoder;
#[cfg(feature = "trainer")]
pub(crate) use films::{FilmRows, Row};
#[cfg(feature = "trainer")]
pub(crate) use kept::KeptFilms;
