use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use matinee_ai::{
    life::{Gate, Life, Promotion},
    model::{Manifest, ModelDirectory},
    trainer::{self, Choosing, Pace, Progress, TrainOptions},
    worker::OnnxRuntime,
};
use matinee_domain::Timestamp;
use matinee_services::ports::{Clock, ModelState, SystemClock};
use matinee_store::Store;

use crate::{compose, config::Config};

#[derive(Debug, Args)]
#[command(
    after_help = "Where a model is live, the new one is asked what that one is asked, about the same people, and takes its place \
                        only if it isn't worse, much slower or much larger; if it is, exit code 1, and the live one stays.\n\n\
                        Examples:\n  matinee train\n  matinee train --if-missing"
)]
pub struct TrainArgs {
    /// Train only where no model is live yet.
    #[arg(long)]
    if_missing: bool,
    /// Make the new model live without comparing it with the one that is.
    #[arg(long)]
    force: bool,
    /// Learn at most this many films, the most rated ones; others are recommended to nobody. Without it, as many as half of the
    /// available memory and six hours allow: 16 bytes · films², or · people² where people are fewer than films.
    #[arg(long, value_name = "FILMS")]
    max_movies: Option<NonZeroUsize>,
    /// Choose all settings anew. Without it, what trainings of the last seven days have tried, on hardly other ratings (a tenth more or fewer at most),
    /// is not tried again: one that was interrupted goes on where it was.
    #[arg(long)]
    choose_anew: bool,
}

/// `matinee train`: fits a model to all ratings and makes it live, if it is no worse than the one that is.
pub async fn train(config: &Config, args: &TrainArgs) -> anyhow::Result<()> {
    let models = config.data.models();
    let is_there = || -> anyhow::Result<bool> {
        let live = ModelDirectory::new(&models).lookup_live()?.filter(|_| args.if_missing);
        Ok(live.inspect(|version| println!("Model {version} is live already.")).is_some())
    };
    if is_there()? {
        return Ok(());
    }
    let artefacts = config.ai.open_models_store()?;
    let store = compose::open_store(config, Arc::new(SystemClock)).await?;
    let life = Life::new(Arc::new(store.clone()), ModelDirectory::new(&models)).with_artefacts(artefacts);
    life.bring_live_here().await.context("the live model, beside which a new one would be compared, is not here")?;
    if is_there()? {
        store.close().await;
        return Ok(());
    }
    let bar = ProgressBar::new(1);
    bar.set_style(ProgressStyle::with_template("training {bar:30} {msg}")?);
    let shown = bar.clone();
    let pace = Mutex::new(Pace::default());
    let progress = move |progress| {
        let left = pace.lock().unwrap_or_else(PoisonError::into_inner).left(progress, Instant::now());
        show(&shown, progress, left);
    };
    let now = SystemClock.now();
    let max_movies = args.max_movies.map(NonZeroUsize::get);
    let choosing = if args.choose_anew { Choosing::Anew } else { Choosing::GoOn };
    let options = TrainOptions { make_live: false, max_movies, choosing, ..TrainOptions::new(&models, now) };
    let trained = trainer::train(&store, options, Arc::new(progress)).await;
    bar.finish_and_clear();
    let manifest = trained.context("no model was trained; the live one, if there is one, stays")?;
    life.adopt(now).await?;
    life.register(&manifest.version, ModelState::Candidate, now).await.with_context(|| {
        format!(
            "model {0} is trained, and not live; `matinee-ai models promote {0}` goes on from here",
            manifest.version
        )
    })?;
    if args.force || life.directory.lookup_live()?.is_none() {
        life.put_live(&manifest.version, now).await?;
    } else {
        compare(&life, &store, &manifest, config, now).await?;
    }
    println!("Model {} is live: {} films, {} ratings.", manifest.version, manifest.data.movies, manifest.data.ratings);
    if let Some(bound) = &manifest.bound {
        println!("{bound}");
    }
    if let Some(placing) = &manifest.placing {
        println!("{placing}");
    }
    for (metric, value) in &manifest.metrics {
        println!("  {metric}: {value:.4}");
    }
    store.close().await;
    Ok(())
}

/// Makes a candidate live, if it passes beside the live model.
async fn compare(
    life: &Life,
    store: &Store,
    manifest: &Manifest,
    config: &Config,
    now: Timestamp,
) -> anyhow::Result<()> {
    let name = &manifest.version;
    let runtime = OnnxRuntime::load(&config.ai.ort_library).with_context(|| {
        format!("model {name} is trained, but can't be compared with the live one, which stays (--force does without)")
    })?;
    let verdict = life.judge(&runtime, store, name, Gate::default(), Vec::new()).await?;
    print!("{verdict}");
    match life.promote(name, verdict, false, now).await? {
        Promotion::Live(_) => Ok(()),
        Promotion::Refused(_) => bail!(
            "model {name} is refused by the numbers above; the live one stays (`matinee-ai models promote {name} --force` \
             makes the new one live all the same)"
        ),
    }
}

fn show(bar: &ProgressBar, progress: Progress, left: Option<Duration>) {
    match progress {
        Progress::Reading { done, total } => {
            bar.set_length(total.max(1));
            bar.set_position(done);
            bar.set_message("reading ratings");
        }
        Progress::Choosing { of, fit, most } => {
            bar.set_length(most.into());
            bar.set_position(fit.into());
            let left = left.map(|left| format!(", {} left", HumanDuration(left))).unwrap_or_default();
            bar.set_message(format!("choosing settings of {of} on held-out people, fit {fit} of {most} at most{left}"));
        }
        Progress::Fitting => bar.set_message("fitting"),
        Progress::Writing => bar.set_message("writing the model"),
    }
}
