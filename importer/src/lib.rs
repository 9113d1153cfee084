//! Reads the files that people bring and writes them to the catalogue.
//!
//! - [`source`] opens a folder, a zip or a single file and streams its members; nothing is unpacked or read whole.
//! - [`table`] cuts a member into lines, records and cells, within bounds, and tells bad rows from good ones.
//! - [`movielens`], [`imdb`] and [`facts`] know the formats: they turn cells into the catalogue's rows.
//! - [`run`] is the import: reading on a blocking thread, a bounded channel, writing in batches, each with its progress.
//! - [`demo`] composes the demo catalogue.
//! - [`brought`] reads the ratings that a person takes along from elsewhere.
//!
//! Two rules hold everywhere: a bad row is counted and listed and never stops an import until it passes the allowed
//! share, and reading is a pure function of the bytes, so that an interrupted import goes on exactly where it stopped.

pub mod brought;
pub mod demo;
pub mod facts;
pub mod imdb;
pub mod movielens;
pub mod run;
pub mod source;
pub mod table;

pub use demo::{DemoPaths, import_demo};
pub use run::{
    BadRow, Described, ImportError, ImportOptions, ImportReport, ImportStage, PartReport, ProgressUpdate,
    import_film_facts, import_imdb, import_movielens, import_plots, import_wikipedia,
};
