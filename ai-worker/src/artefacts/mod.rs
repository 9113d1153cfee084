//! Models' files where all machines can get them: a bucket of an S3-compatible store, with `<prefix>/<version>/` as the folder of models
//! has it ([`crate::model`]). Pointers are not there: which model is live is the registry's matter.
//!
//! Invariants: a version's manifest is put there last, so that one with a manifest is complete ([`ArtefactStore::push`]); and of what
//! comes from there nothing is believed but what the registry has the seals of ([`ArtefactStore::fetch`]). Nothing there is overwritten
//! with something else, or removed.
//!
//! `rusty_s3` signs, reqwest asks ([`call`]). Addresses hold the signature, so they are in no error and no log.

mod answer;
mod call;
mod error;
mod fetch;
mod options;
mod push;
mod registered;
mod store;

pub use error::ArtefactError;
pub use options::{AddressStyle, ArtefactOptions};
pub use push::Pushed;
pub use rusty_s3::Credentials;
pub use store::ArtefactStore;
