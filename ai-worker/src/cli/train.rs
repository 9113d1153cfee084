//! `matinee-ai train`: database in, live model out.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use matinee_services::ports::{Clock, SystemClock};
use matinee_store::{Store, StoreOptions, redact};

use super::RuntimeArgs;
use crate::{
    model::ModelDirectory,
    trainer::{Progress, TrainOptions, train},
    worker::{OnnxRuntime, Ranker},
};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  matinee-ai train --database ~/.local/share/matinee/matinee.db --models models")]
pub struct TrainArgs {
    /// The database: a URL, or the path of an SQLite file.
    #[arg(long, env = "MATINEE_DATABASE", value_name = "URL|FILE")]
    database: String,
    /// The directory of models.
    #[arg(long, env = "MATINEE_MODELS", value_name = "DIR")]
    models: PathBuf,
    /// Write the model without making it live.
    #[arg(long)]
    candidate: bool,
    /// Of the choice of held-out people.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    runtime: RuntimeArgs,
}

pub async fn run(args: TrainArgs) -> anyhow::Result<()> {
    let runtime = OnnxRuntime::load(&args.runtime.ort_lib)?;
    let store = Store::connect(&args.database, StoreOptions::default())
        .await
        .with_context(|| format!("opening the database {}", redact(&args.database)))?;
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg} ({elapsed})")?);
    let shown = bar.clone();
    let listener = Arc::new(move |progress| shown.set_message(describe(progress)));
    let options =
        TrainOptions { seed: args.seed, make_live: false, ..TrainOptions::new(&args.models, SystemClock.now()) };
    let trained = train(&store, options, listener).await;
    bar.finish_and_clear();
    store.close().await;
    let manifest = trained?;
    // What can't be run must not go live.
    let directory = ModelDirectory::new(&args.models);
    Ranker::new(&runtime, &directory.load(&manifest.version)?)?;
    if !args.candidate {
        directory.set_live(&manifest.version)?;
    }
    println!(
        "model {}{}: {} ratings of {} films by {} people",
        manifest.version,
        if args.candidate { " (not live)" } else { " is live" },
        manifest.data.ratings,
        manifest.data.movies,
        manifest.data.users
    );
    for (name, value) in &manifest.metrics {
        println!("  {name:28} {value:.4}");
    }
    Ok(())
}

fn describe(progress: Progress) -> String {
    match progress {
        Progress::Reading { done, total } => format!("reading ratings: {done} of {total}"),
        Progress::Choosing { fit } => format!("choosing settings on held-out people: fit {fit}"),
        Progress::Fitting => "fitting the model".to_owned(),
        Progress::Writing => "writing the model".to_owned(),
    }
}
