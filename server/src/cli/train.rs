use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use matinee_ai::{
    life::Life,
    model::ModelDirectory,
    trainer::{self, Progress, TrainOptions},
};
use matinee_services::ports::{Clock, ModelState, SystemClock};

use crate::{compose, config::Config};

#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Train only where no model is live yet.
    #[arg(long)]
    if_missing: bool,
}

/// `matinee train`: fits a model to all ratings and makes it live.
pub async fn train(config: &Config, args: &TrainArgs) -> anyhow::Result<()> {
    let models = config.data.models();
    if args.if_missing
        && let Some(version) = ModelDirectory::new(&models).lookup_live()?
    {
        println!("Model {version} is live already.");
        return Ok(());
    }
    let store = compose::open_store(config, Arc::new(SystemClock)).await?;
    let bar = ProgressBar::new(1);
    bar.set_style(ProgressStyle::with_template("training {bar:30} {msg}")?);
    let shown = bar.clone();
    let progress = move |progress| show(&shown, progress);
    let now = SystemClock.now();
    let options = TrainOptions { make_live: false, ..TrainOptions::new(&models, now) };
    let trained = trainer::train(&store, options, Arc::new(progress)).await;
    bar.finish_and_clear();
    let manifest = trained.context("no model was trained; the live one, if there is one, stays")?;
    let life = Life { registry: Arc::new(store.clone()), directory: ModelDirectory::new(&models) };
    life.register(&manifest.version, ModelState::Candidate, now).await?;
    life.put_live(&manifest.version, now).await?;
    println!("Model {} is live: {} films, {} ratings.", manifest.version, manifest.data.movies, manifest.data.ratings);
    for (metric, value) in &manifest.metrics {
        println!("  {metric}: {value:.4}");
    }
    store.close().await;
    Ok(())
}

fn show(bar: &ProgressBar, progress: Progress) {
    match progress {
        Progress::Reading { done, total } => {
            bar.set_length(total.max(1));
            bar.set_position(done);
            bar.set_message("reading ratings");
        }
        Progress::Choosing { fit } => bar.set_message(format!("choosing parameters on held-out people, fit {fit}")),
        Progress::Fitting => bar.set_message("fitting"),
        Progress::Writing => bar.set_message("writing the model"),
    }
}
