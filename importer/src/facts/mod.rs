//! What others know of films. [`films`] (directors, running times) and [`plots`] complete films that are in the catalogue,
//! by title and year; [`wikipedia`] brings films of its own too.
//!
//! All are JSON documents, read element by element ([`json`]).

pub mod films;
mod json;
pub mod plots;
pub mod wikipedia;

use crate::{
    run::ImportError,
    source::{Member, Source},
};

/// People of one kind that a film is given.
pub const PEOPLE: usize = 10;

/// The document of a source: the file itself, or the first member of one of these names.
///
/// # Errors
/// When there is none.
pub fn document(source: &Source, names: &[&str]) -> Result<Member, ImportError> {
    let found = match source.members() {
        [only] => Some(only),
        _ => names.iter().find_map(|&name| source.members().iter().find(|m| m.file_name().eq_ignore_ascii_case(name))),
    };
    found.cloned().ok_or_else(|| ImportError::NoDocument {
        path: source.path().to_owned(),
        names: names.iter().map(|&name| name.to_owned()).collect(),
    })
}
