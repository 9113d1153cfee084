//! The import itself.
//!
//! An import has parts (films, links, ratings, …), one file each. A part is read on a blocking thread, row by row, and
//! comes in batches over a channel of a few places to the async side, which writes each batch together with how many
//! rows are done ([`part`]). A part is known by its fingerprint: one that is finished is not read again, one that was
//! interrupted is read from its beginning but only written after the rows that are done, so that what depends on
//! earlier rows (duplicates, the share of bad rows) comes out as if nothing had happened.

mod error;
mod facts;
mod imdb;
mod movielens;
mod part;
mod progress;
mod report;
mod wikipedia;

pub use error::ImportError;
pub use facts::{import_film_facts, import_plots};
pub(crate) use facts::{run_film_facts, run_plots};
pub use imdb::import_imdb;
use matinee_services::ports::CatalogueWriter;
pub use movielens::import_movielens;
pub(crate) use movielens::run_movielens;
pub use part::Described;
pub use progress::{ImportStage, ProgressUpdate};
pub use report::{BadRow, ImportReport, PartReport};
pub use wikipedia::import_wikipedia;

use crate::source::Limits;

/// How an import is done.
#[derive(Clone, Copy, Debug)]
pub struct ImportOptions {
    /// Rows written in one transaction (at least 1). Each batch of ratings touches pages all over their indexes, so that
    /// larger ones write less.
    pub batch_rows: usize,
    /// The share of a file's rows that may be bad, 0–1.
    pub max_bad_share: f64,
    /// Rows of a file that must be read before the share is looked at; it is once more at the file's end.
    pub share_after_rows: u64,
    /// Bad rows kept for the report; the others are only counted.
    pub kept_bad_rows: usize,
    /// Ambiguous rows kept for the report; the others are only counted.
    pub kept_ambiguous_rows: usize,
    pub limits: Limits,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            batch_rows: 50_000,
            max_bad_share: 0.01,
            share_after_rows: 1_000,
            kept_bad_rows: 1_000,
            kept_ambiguous_rows: 10_000,
            limits: Limits::default(),
        }
    }
}

/// What is told of an import's progress.
pub type OnProgress<'a> = dyn FnMut(ProgressUpdate) + Send + 'a;

/// An import that is under way.
pub(crate) struct Run<'a> {
    pub writer: &'a dyn CatalogueWriter,
    pub options: &'a ImportOptions,
    pub progress: &'a mut OnProgress<'a>,
    pub report: ImportReport,
}

impl<'a> Run<'a> {
    pub fn new(writer: &'a dyn CatalogueWriter, options: &'a ImportOptions, progress: &'a mut OnProgress<'a>) -> Self {
        Self { writer, options, progress, report: ImportReport::default() }
    }
}
