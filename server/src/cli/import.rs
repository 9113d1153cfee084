use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use matinee_importer::{
    DemoPaths, ImportError, ImportOptions, ImportReport, ImportStage, ProgressUpdate, imdb::Selection, import_demo,
    import_imdb, import_movielens, import_wikipedia,
};
use matinee_services::{
    ports::SystemClock,
    provenance::{Actor, Provenance},
};

use super::index;
use crate::{compose, config::Config};

#[derive(Debug, Subcommand)]
pub enum What {
    /// A MovieLens data set: latest, 20M, 25M or 32M (CSV), 1M (.dat), 100K (u.data), or RecBole's atomic files.
    #[command(
        after_help = "An import that was interrupted goes on where it stopped; one that is done changes nothing.\n\n\
                            Examples:\n  matinee import movielens ml-latest-small.zip\n  matinee import movielens ./ml-100k"
    )]
    Movielens(FileArgs),
    /// The demo catalogue: MovieLens 100K with film facts and plots, as `make setup` fetched them.
    #[command(after_help = "Example:\n  matinee import demo ~/.cache/matinee/demo")]
    Demo(FileArgs),
    /// Wikipedia's lists of films: JSON files by decade (`movies-1970s.json`) with cast, genres, plot and picture.
    #[command(
        after_help = "Films that are in the catalogue are found by title, year and people and get what they lack; the others \
                      are taken in. What could be one of several films is listed and not taken in. Import MovieLens \
                      first: it knows films by its own numbers alone.\n\nThe texts are under CC BY-SA; a film's page links to \
                      theirs.\n\nExamples:\n  matinee import wikipedia ./wikipedia-movies\n  \
                      matinee import wikipedia wikipedia-movies.zip --list left-out.txt"
    )]
    Wikipedia(FileArgs),
    /// IMDb's own files, as they are downloaded: title.basics, title.crew, title.principals, name.basics, title.akas, title.ratings (.tsv.gz).
    #[command(
        after_help = "Films only. Those that are in the catalogue are found by IMDb's number, or else by title, year and people, \
                      and get what they lack; the others are taken in. What could be one of several films is listed and \
                      not taken in. title.akas and title.ratings may be missing; with the latter films that are known there come \
                      first, and a newer file's votes take the place of older ones.\n\nIMDb's files are for personal, non-commercial use.\n\nExamples:\n  matinee import imdb ./imdb\n  \
                      matinee import imdb ./imdb --tv-movies --list left-out.txt"
    )]
    Imdb(ImdbArgs),
}

impl What {
    fn args(&self) -> &FileArgs {
        match self {
            Self::Movielens(args) | Self::Demo(args) | Self::Wikipedia(args) => args,
            Self::Imdb(args) => &args.files,
        }
    }
}

#[derive(Debug, Args)]
pub struct FileArgs {
    /// A folder or a zip file.
    path: PathBuf,
    /// The share of a file's rows that may be bad before the import stops, 0–1.
    #[arg(long, default_value_t = 0.01, value_parser = share, value_name = "SHARE")]
    max_bad: f64,
    /// A file for the rows that were bad or ambiguous, each with file, line and reason; printed without it.
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ImdbArgs {
    #[command(flatten)]
    files: FileArgs,
    /// Take films made for television too.
    #[arg(long)]
    tv_movies: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| format!("{text} is no number"))?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(format!("{text} is not between 0 and 1")) }
}

/// `matinee import …`: rows, then the search index.
pub async fn import(config: &Config, what: What) -> anyhow::Result<()> {
    let store = compose::open_store_for_import(config, Arc::new(SystemClock)).await?;
    let args = what.args();
    let options = ImportOptions { max_bad_share: args.max_bad, ..ImportOptions::default() };
    let bar = Bar::new()?;
    let mut progress = |update: ProgressUpdate| bar.show(&update);
    // One change set for all of it, so that it can be taken back as one.
    let provenance = Provenance {
        actor: Actor::Operator,
        reason: Some("import"),
        note: Some(args.path.display().to_string()),
        change_set: Some(store.new_change_set_id().0),
        ..Provenance::default()
    };
    let work = async {
        match &what {
            What::Movielens(args) => import_movielens(&store, &args.path, &options, &mut progress).await,
            What::Demo(args) => demo(&store, args, &options, &mut progress).await,
            What::Imdb(args) => {
                let selection = Selection { tv_movies: args.tv_movies };
                import_imdb(&store, &args.files.path, selection, &options, &mut progress).await
            }
            What::Wikipedia(args) => import_wikipedia(&store, &args.path, &options, &mut progress).await,
        }
    };
    let done = provenance.scope(work).await;
    bar.0.finish_and_clear();
    let report = done.with_context(|| format!("importing {} failed", args.path.display()))?;
    print!("{}", report.summary());
    show_list(&report, args.list.as_deref())?;
    if !report.is_unchanged() {
        index::follow(config, &store).await?;
    }
    store.close().await;
    Ok(())
}

/// Rows that were left out, in the file that was asked for or on the terminal.
fn show_list(report: &ImportReport, file: Option<&Path>) -> anyhow::Result<()> {
    let list = report.list();
    match file {
        Some(file) => {
            std::fs::write(file, &list).with_context(|| {
                format!("the rows are in, but the list of those left out could not be written to {}", file.display())
            })?;
            println!("left out: {} bad, {} ambiguous: {}", report.bad(), report.ambiguous(), file.display());
        }
        None => print!("{list}"),
    }
    Ok(())
}

async fn demo(
    store: &matinee_store::Store,
    args: &FileArgs,
    options: &ImportOptions,
    progress: &mut (dyn FnMut(ProgressUpdate) + Send),
) -> Result<ImportReport, ImportError> {
    let paths = DemoPaths::find(&args.path)?;
    import_demo(store, &paths, options, progress).await
}

/// A bar by bytes, with rows and rows/s beside it.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> anyhow::Result<Self> {
        let bar = ProgressBar::new(1_000);
        bar.set_style(ProgressStyle::with_template("{prefix:24} {bar:30} {percent:>3} %  {msg}")?);
        Ok(Self(bar))
    }

    fn show(&self, update: &ProgressUpdate) {
        let doing = match update.stage {
            ImportStage::Checking => "checking the file".to_owned(),
            ImportStage::Resuming => "going on where it stopped".to_owned(),
            ImportStage::Statistics => "computing statistics".to_owned(),
            ImportStage::Reading | ImportStage::Finished => {
                format!("{} rows, {:.0} rows/s, {} bad", update.rows, update.rows_per_s, update.bad_rows)
            }
            ImportStage::Unchanged => "unchanged".to_owned(),
        };
        self.0.set_prefix(update.part.clone());
        self.0.set_message(doing);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share between 0 and 1")]
        self.0.set_position((update.fraction() * 1_000.0) as u64);
    }
}
