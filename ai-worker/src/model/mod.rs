//! Models as artefacts: `<models>/<version>/` holds the graphs, the item map and the manifest; `<models>/live` names the
//! version that serves.
//!
//! Invariant: a version's directory appears complete or not at all (it is written aside and renamed), never changes
//! afterwards, and is believed only when every file has the hash that the manifest states.

mod directory;
mod error;
mod manifest;
mod next;
#[cfg(feature = "artefacts")]
mod taking_in;

pub use directory::{Draft, DraftRetrieval, LoadedModel, LoadedRetrieval, ModelDirectory};
#[cfg(feature = "artefacts")]
pub(crate) use directory::{MANIFEST, is_version, parse_manifest};
pub use error::ModelError;
#[cfg(feature = "artefacts")]
pub(crate) use manifest::hex;
pub use manifest::{
    BoundBy, DataWindow, FORMAT, FilmBound, Hyperparameters, MAX_KNOWN_RATINGS, Manifest, Placed, Placing, Prior,
    Retrieval, SealedFile, sha256_hex,
};
pub use next::{NextRanking, NextWeights};
#[cfg(feature = "trainer")]
pub(crate) use next::{normaliser, places};
