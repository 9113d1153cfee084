//! The import of IMDb's files: one part, for the tables are read in step.

use std::path::Path;

use matinee_services::ports::{CatalogueWriter, ImportKey};

use super::{
    Described, ImportError, ImportOptions, ImportReport, Run,
    movielens::blocking,
    part::{Feed, Part},
};
use crate::{
    imdb::{Files, Selection, films},
    source::{Source, combine_fingerprints},
};

/// Imports films from IMDb's files in the folder or zip at `path`, as [`crate::imdb`] says.
///
/// Films that are in the catalogue get what they lack, others are taken in, ambiguous ones listed in the report. Taking
/// the same data in again changes nothing, and an interrupted import goes on where it stopped.
///
/// # Errors
/// When a file is missing or can't be read, too many rows are bad, or the catalogue can't be written.
pub async fn import_imdb(
    writer: &dyn CatalogueWriter,
    path: &Path,
    selection: Selection,
    options: &ImportOptions,
    progress: &mut (dyn FnMut(super::ProgressUpdate) + Send),
) -> Result<ImportReport, ImportError> {
    let mut run = Run::new(writer, options, progress);
    let (owned, limits) = (path.to_owned(), options.limits);
    let files = blocking(path, move || Files::find(Source::open(&owned, limits)?)).await?;
    let mut fingerprints = Vec::new();
    for table in files.tables() {
        fingerprints.push(run.fingerprint(&files.source, &table.member).await?);
    }
    let fingerprints: Vec<&str> = fingerprints.iter().map(String::as_str).collect();
    let name = if selection.tv_movies { "imdb/films-and-tv" } else { "imdb/films" };
    let key = ImportKey { part: name.to_owned(), fingerprint: combine_fingerprints(&fingerprints) };
    let member = &files.basics.member;
    let part = Part { key, file: member.name.clone(), bytes_total: member.bytes };
    let has_votes = files.ratings.is_some();
    let feed: Feed<Described> = Box::new(move |sink| films::read(&files, selection, sink));
    if let Some(report) = run.write_part(&part, feed).await? {
        if has_votes {
            run.refresh_statistics(&part, &report).await?;
        }
        run.finish::<Described>(&part, report).await?;
    }
    Ok(run.report)
}
