//! Why an import stopped.

use std::path::PathBuf;

use matinee_services::ports::RepositoryError;
use thiserror::Error;

use super::BadRow;
use crate::source::SourceError;

/// Bad rows that an error's message quotes.
const QUOTED: usize = 5;

/// Why an import stopped. What is in the catalogue already stays, and the same command goes on from there.
#[derive(Debug, Error)]
pub enum ImportError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(
        "{} holds no MovieLens data set: looked for ratings.csv, ratings.dat, u.data and ml-*.inter, {}",
        path.display(), listed(found)
    )]
    NoDataSet { path: PathBuf, found: Vec<String> },
    #[error("{} holds several data sets ({}): give the path of the one to import", path.display(), found.join(", "))]
    SeveralDataSets { path: PathBuf, found: Vec<String> },
    #[error("{file} is missing in {}: it belongs beside {beside}", path.display())]
    MissingFile { path: PathBuf, file: String, beside: String },
    #[error("{file} does not say which MovieLens it is: name it ml-100k.inter, ml-1m.inter or the like")]
    UnknownNumbering { file: String },
    #[error("{} holds no {}", path.display(), names.join(" or "))]
    NoDocument { path: PathBuf, names: Vec<String> },
    #[error("{file} is missing in {}: {hint}", folder.display())]
    MissingDemoFile { folder: PathBuf, file: &'static str, hint: &'static str },
    #[error("{file} is empty; perhaps the download failed: fetch it again")]
    Empty { file: String },
    #[error("{file} does not begin with the header it should: {reason}")]
    Header { file: String, reason: String },
    #[error("{file} is not sorted by the film's id at line {line}, as IMDb's files are: fetch it again")]
    NotSorted { file: String, line: u64 },
    #[error("{file} is damaged: {reason}")]
    Json { file: String, reason: String },
    #[error(
        "{bad} of the first {rows} rows of {file} are bad, more than the {} % that are let pass; nothing after them was \
         taken in. Repair the file or allow more:{}",
        share * 100.0, quoted(rows_listed)
    )]
    TooManyBad {
        file: String,
        rows: u64,
        bad: u64,
        /// The share that is let pass, 0–1.
        share: f64,
        /// The first of them, as many as are kept for the report.
        rows_listed: Vec<BadRow>,
    },
    #[error("the catalogue could not be written ({part}): {source}. Run the import again to go on from here")]
    Repository {
        part: String,
        #[source]
        source: RepositoryError,
    },
    #[error("reading {file} ended unexpectedly: {reason}")]
    Reader { file: String, reason: String },
}

fn listed(found: &[String]) -> String {
    if found.is_empty() { "but it has no files".to_owned() } else { format!("found {}", found.join(", ")) }
}

fn quoted(rows: &[BadRow]) -> String {
    let mut text = String::new();
    for row in rows.iter().take(QUOTED) {
        text.push_str("\n  ");
        text.push_str(&row.to_string());
    }
    if rows.len() > QUOTED {
        text.push_str("\n  …");
    }
    text
}
