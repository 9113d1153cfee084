//! The import of Wikipedia's lists of films: a part for each file, oldest decade first.

use std::path::Path;

use matinee_services::ports::{CatalogueWriter, ImportKey};

use super::{
    Described, ImportError, ImportOptions, ImportReport, Run,
    movielens::blocking,
    part::{Feed, Part},
};
use crate::{
    facts::wikipedia::{documents, read},
    source::{Member, Source},
};

/// Imports the lists at `path`: a folder or a zip of files by decade, or one of them, as [`crate::facts::wikipedia`] says.
///
/// Films that are in the catalogue get what they lack, others are taken in, ambiguous ones listed in the report. Taking
/// the same data in again changes nothing, and an interrupted import goes on where it stopped.
///
/// # Errors
/// When there are no such files, one can't be read, too many rows are bad, or the catalogue can't be written.
pub async fn import_wikipedia(
    writer: &dyn CatalogueWriter,
    path: &Path,
    options: &ImportOptions,
    progress: &mut (dyn FnMut(super::ProgressUpdate) + Send),
) -> Result<ImportReport, ImportError> {
    let mut run = Run::new(writer, options, progress);
    let (owned, limits) = (path.to_owned(), options.limits);
    let (source, members) = blocking(path, move || {
        let source = Source::open(&owned, limits)?;
        let members = documents(&source)?;
        Ok((source, members))
    })
    .await?;
    for member in members {
        let fingerprint = run.fingerprint(&source, &member).await?;
        let key = ImportKey { part: format!("wikipedia/{}", part_name(&member)), fingerprint };
        let part = Part { key, file: member.name.clone(), bytes_total: member.bytes };
        let read_from = source.clone();
        let feed: Feed<Described> = Box::new(move |sink| read(&read_from, &member, sink));
        if let Some(report) = run.write_part(&part, feed).await? {
            run.finish::<Described>(&part, report).await?;
        }
    }
    Ok(run.report)
}

/// `movies-1970s.json` → `1970s`.
fn part_name(member: &Member) -> &str {
    let name = member.file_name();
    let name = name.strip_suffix(".json").unwrap_or(name);
    name.strip_prefix("movies-").unwrap_or(name)
}
