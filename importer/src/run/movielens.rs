//! The import of a `MovieLens` data set: films, links, ratings, statistics.

use std::path::Path;

use matinee_services::ports::{CatalogueWriter, ImportKey, ImportedMovie, ImportedRating};

use super::{
    ImportError, ImportOptions, ImportReport, ImportStage, PartReport, Run,
    part::{Part, update},
};
use crate::{
    movielens::{DataSet, links, movies, ratings},
    source::{Member, Source, combine_fingerprints},
};

/// Imports the data set at `path`: a folder or a zip, in any of the forms of [`crate::movielens`].
///
/// Taking the same data in again changes nothing, and an interrupted import goes on where it stopped.
///
/// # Errors
/// When there is no such data set, a file can't be read, too many rows are bad, or the catalogue can't be written.
pub async fn import_movielens(
    writer: &dyn CatalogueWriter,
    path: &Path,
    options: &ImportOptions,
    progress: &mut (dyn FnMut(super::ProgressUpdate) + Send),
) -> Result<ImportReport, ImportError> {
    let mut run = Run::new(writer, options, progress);
    run_movielens(&mut run, path).await?;
    Ok(run.report)
}

/// As [`import_movielens`], inside a larger import. Returns the fingerprint of the films, on which facts depend.
pub(crate) async fn run_movielens(run: &mut Run<'_>, path: &Path) -> Result<String, ImportError> {
    let (owned, limits) = (path.to_owned(), run.options.limits);
    let set = blocking(path, move || DataSet::detect(Source::open(&owned, limits)?)).await?;
    let movies = run.fingerprint(&set.source, &set.movies.member).await?;

    let part = part_of(&set, "movies", &set.movies.member, movies.clone());
    let read = set.clone();
    if let Some(report) = run.write_part(&part, Box::new(move |sink| movies::read(&read, sink))).await? {
        run.finish::<ImportedMovie>(&part, report).await?;
    }
    if let Some(table) = &set.links {
        // What becomes of links and ratings depends on the films too: after films were added they are read again.
        let own = run.fingerprint(&set.source, &table.member).await?;
        let part = part_of(&set, "links", &table.member, combine_fingerprints(&[&movies, &own]));
        let read = set.clone();
        if let Some(report) = run.write_part(&part, Box::new(move |sink| links::read(&read, sink))).await? {
            run.finish::<links::Link>(&part, report).await?;
        }
    }
    let own = run.fingerprint(&set.source, &set.ratings.member).await?;
    let part = part_of(&set, "ratings", &set.ratings.member, combine_fingerprints(&[&movies, &own]));
    let read = set.clone();
    if let Some(report) = run.write_part(&part, Box::new(move |sink| ratings::read(&read, sink))).await? {
        run.refresh_statistics(&part, &report).await?;
        run.finish::<ImportedRating>(&part, report).await?;
    }
    Ok(movies)
}

fn part_of(set: &DataSet, name: &str, member: &Member, fingerprint: String) -> Part {
    let key = ImportKey { part: format!("{}/{name}", set.numbering.as_str()), fingerprint };
    Part { key, file: member.name.clone(), bytes_total: member.bytes }
}

/// Runs what reads files on a thread for it.
pub(super) async fn blocking<T: Send + 'static>(
    path: &Path,
    read: impl FnOnce() -> Result<T, ImportError> + Send + 'static,
) -> Result<T, ImportError> {
    let ended = tokio::task::spawn_blocking(read).await;
    ended.map_err(|error| ImportError::Reader { file: path.display().to_string(), reason: error.to_string() })?
}

impl Run<'_> {
    /// Before the part counts as finished, so that an import that is interrupted here does it in its next run.
    pub(super) async fn refresh_statistics(&mut self, part: &Part, report: &PartReport) -> Result<(), ImportError> {
        (self.progress)(update(part, ImportStage::Statistics, report, part.bytes_total, 0.0));
        let refreshed = self.writer.refresh_statistics().await;
        refreshed.map_err(|source| ImportError::Repository { part: "statistics".to_owned(), source })
    }

    /// The fingerprint of a file.
    pub(super) async fn fingerprint(&mut self, source: &Source, member: &Member) -> Result<String, ImportError> {
        let key = ImportKey { part: "files".to_owned(), fingerprint: String::new() };
        let part = Part { key, file: member.name.clone(), bytes_total: member.bytes };
        (self.progress)(update(&part, ImportStage::Checking, &PartReport::default(), 0, 0.0));
        let (read, member) = (source.clone(), member.clone());
        blocking(source.path(), move || Ok(read.fingerprint(&member)?)).await
    }
}
