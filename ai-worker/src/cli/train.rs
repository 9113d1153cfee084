//! `matinee-ai train`: database in, live model out.

use std::{
    num::NonZeroUsize,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Args;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use matinee_services::ports::{Clock, ModelState, SystemClock};

use super::{RuntimeArgs, artefacts::ArtefactArgs, models};
use crate::{
    life::{Gate, Life, read_golden},
    model::ModelDirectory,
    trainer::{Choosing, Pace, Progress, TrainOptions, train},
    worker::OnnxRuntime,
};

#[derive(Debug, Args)]
#[command(
    after_help = "The model is registered as a candidate, judged against the live one on people who were left out \
                        of training, and made live if it passes; `matinee-ai models` shows and changes what is live. One that was \
                        interrupted goes on with what it had tried.\n\n\
                        Example:\n  matinee-ai train --database ~/.local/share/matinee/matinee.db --models models\n  \
                        matinee-ai train --database postgres://matinee@db1/matinee --models models --models-store s3://films/models"
)]
pub struct TrainArgs {
    /// The database: a URL, or the path of an SQLite file.
    #[arg(long, env = "MATINEE_DATABASE", value_name = "URL|FILE")]
    database: String,
    /// The directory of models.
    #[arg(long, env = "MATINEE_MODELS", value_name = "DIR")]
    models: PathBuf,
    /// Write and register the model without judging it.
    #[arg(long)]
    candidate: bool,
    /// Leave one person in so many out of training, to judge models by; 0: nobody.
    #[arg(long, default_value_t = 20, value_name = "PEOPLE")]
    held_out_one_in: u32,
    /// Learn at most this many films, the most rated ones; others are recommended to nobody. Without it, as many as half of the
    /// available memory and six hours allow: 16 bytes · films², or · people² where people are fewer than films.
    #[arg(long, value_name = "FILMS")]
    max_movies: Option<NonZeroUsize>,
    /// Choose all settings anew. Without it, what trainings of the last seven days have tried, on hardly other ratings (a tenth more or fewer at most),
    /// is not tried again: one that was interrupted goes on where it was.
    #[arg(long)]
    choose_anew: bool,
    /// Golden queries that the model must answer to become live.
    #[arg(long, value_name = "FILE")]
    golden: Option<PathBuf>,
    /// Make it live whatever the gate says.
    #[arg(long)]
    force: bool,
    /// Of the choice of held-out people.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    runtime: RuntimeArgs,
    #[command(flatten)]
    artefacts: ArtefactArgs,
}

pub async fn run(args: TrainArgs) -> anyhow::Result<()> {
    let runtime = OnnxRuntime::load(&args.runtime.ort_lib)?;
    let golden = args.golden.as_deref().map(read_golden).transpose()?.unwrap_or_default();
    let artefacts = args.artefacts.open()?;
    let store = models::open(&args.database).await?;
    let life = Life::new(Arc::new(store.clone()), ModelDirectory::new(&args.models)).with_artefacts(artefacts);
    life.bring_live_here().await.context("the live model, beside which the new one would be judged, is not here")?;
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg} ({elapsed})")?);
    let shown = bar.clone();
    let pace = Mutex::new(Pace::default());
    let listener = Arc::new(move |progress| {
        let left = pace.lock().unwrap_or_else(PoisonError::into_inner).left(progress, Instant::now());
        shown.set_message(describe(progress, left));
    });
    let now = SystemClock.now();
    let options = TrainOptions {
        seed: args.seed,
        make_live: false,
        max_movies: args.max_movies.map(NonZeroUsize::get),
        choosing: if args.choose_anew { Choosing::Anew } else { Choosing::GoOn },
        held_out_one_in: Some(args.held_out_one_in).filter(|one_in| *one_in > 0),
        ..TrainOptions::new(&args.models, now)
    };
    let trained = train(&store, options, listener).await;
    bar.finish_and_clear();
    let manifest = trained.context("no model was trained; the live one, if there is one, stays")?;
    let name = &manifest.version;
    life.adopt(now).await?;
    life.register(name, ModelState::Candidate, now).await.with_context(|| {
        format!("model {name} is trained, and not live; `matinee-ai models promote {name}` goes on from here")
    })?;
    println!(
        "model {name} is trained: {} ratings of {} films by {} people",
        manifest.data.ratings, manifest.data.movies, manifest.data.users
    );
    if let Some(bound) = &manifest.bound {
        println!("{bound}");
    }
    if let Some(placing) = &manifest.placing {
        println!("{placing}");
    }
    for (name, value) in &manifest.metrics {
        println!("  {name:28} {value:.4}");
    }
    if args.candidate {
        println!("It is a candidate; `matinee-ai models promote {}` judges it and makes it live.", manifest.version);
    } else {
        let judged = life.judge(&runtime, &store, &manifest.version, Gate::default(), golden).await?;
        models::tell(life.promote(&manifest.version, judged, args.force, now).await?, args.force)?;
    }
    store.close().await;
    Ok(())
}

fn describe(progress: Progress, left: Option<Duration>) -> String {
    match progress {
        Progress::Reading { done, total } => format!("reading ratings: {done} of {total}"),
        Progress::Choosing { of, fit, most } => {
            let left = left.map(|left| format!(", {} left", HumanDuration(left))).unwrap_or_default();
            format!("choosing settings of {of} on held-out people: fit {fit} of {most} at most{left}")
        }
        Progress::Fitting => "fitting the model".to_owned(),
        Progress::Writing => "writing the model".to_owned(),
    }
}
