//! `matinee-ai models`: which models there are, and which one serves.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use matinee_domain::Timestamp;
use matinee_services::{
    ports::{Clock, ModelState, RegisteredModel, SystemClock},
    provenance::{Actor, Provenance},
};
use matinee_store::{Store, StoreOptions, redact};

use super::{
    RuntimeArgs,
    artefacts::ArtefactArgs,
    trial::{self, TrialCommand},
};
use crate::{
    artefacts::Pushed,
    life::{Gate, Life, LifeError, Promotion, Verdict, read_golden},
    model::ModelDirectory,
    worker::OnnxRuntime,
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  matinee-ai models list\n  matinee-ai models promote 20261125T221500Z-1a2b3c4d\n  \
                        matinee-ai models shadow 20261125T221500Z-1a2b3c4d\n  \
                        matinee-ai models trial start 20261125T221500Z-1a2b3c4d --share 0.2\n  matinee-ai models rollback\n  \
                        matinee-ai models push 20261125T221500Z-1a2b3c4d --models-store s3://films/models\n\n\
                        Exit codes: 0 done, 1 it failed or a candidate was refused (the reason is printed), 2 wrong \
                        arguments. The live model stays in every case but a promotion or rollback that is done."
)]
pub struct ModelsArgs {
    /// The database: a URL, or the path of an SQLite file.
    #[arg(long, global = true, env = "MATINEE_DATABASE", value_name = "URL|FILE")]
    database: Option<String>,
    /// The directory of models.
    #[arg(long, global = true, env = "MATINEE_MODELS", value_name = "DIR")]
    models: Option<PathBuf>,
    #[command(flatten)]
    artefacts: ArtefactArgs,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// All versions, the newest first.
    List {
        /// As JSON lines.
        #[arg(long)]
        json: bool,
    },
    /// One version: what it was made from, and how it was judged.
    Show { name: String },
    /// Judge a version against the live one, and make it live if it passes.
    #[command(
        after_help = "The gate: nDCG@10 on held-out people not below the live one's as far as its 95 % interval can \
                            tell, every golden query answered, at most twice as slow and twice as large.\n\n\
                            Example:\n  matinee-ai models promote 20261125T221500Z-1a2b3c4d --golden golden.json"
    )]
    Promote {
        name: String,
        /// Golden queries: a JSON list of `{name, liked, expect_one_of, within}`.
        #[arg(long, value_name = "FILE")]
        golden: Option<PathBuf>,
        /// Make it live whatever the gate says; its numbers are printed and kept all the same.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        runtime: RuntimeArgs,
    },
    /// Have a version score some of the live traffic beside the live one, unseen.
    #[command(
        after_help = "Workers take it within seconds, score every fifth request with it after that was answered, and tell in /metrics and \
                            /v1/status how far the two agree. What doesn't fit their short queue is dropped.\n\n\
                            Examples:\n  matinee-ai models shadow 20261125T221500Z-1a2b3c4d\n  matinee-ai models shadow --off"
    )]
    Shadow {
        #[arg(required_unless_present = "off")]
        name: Option<String>,
        /// No version scores beside the live one any more.
        #[arg(long, conflicts_with = "name")]
        off: bool,
    },
    /// Have a part of the people get a version's recommendations, and count what they do with them: start, status, end.
    #[command(subcommand)]
    Trial(TrialCommand),
    /// Go back to the model that was live before.
    Rollback {
        /// Another version than the last one.
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
    },
    /// Put a version's files into the store, for machines with folders of their own. New models go there by themselves.
    #[command(
        after_help = "The manifest goes last, so that nobody takes a part. What the store has already is left.\n\n\
                            Examples:\n  matinee-ai models push 20261125T221500Z-1a2b3c4d --models-store s3://films/models\n  \
                            AWS_ENDPOINT_URL=http://10.0.0.9:9000 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… \\\n    \
                            matinee-ai models push 20261125T221500Z-1a2b3c4d --models-store s3://films --again"
    )]
    Push {
        name: String,
        /// Put them there although they are: for files that were changed or lost in the store.
        #[arg(long)]
        again: bool,
    },
    /// Fetch a version's files from the store. Workers that follow the registry do so by themselves.
    #[command(
        after_help = "Each file is held against the registered manifest, and nothing of it is in place before all are right. A version that is \
                            here and damaged is replaced.\n\n\
                            Example:\n  matinee-ai models pull 20261125T221500Z-1a2b3c4d --models-store s3://films/models"
    )]
    Pull { name: String },
}

pub async fn run(args: ModelsArgs) -> anyhow::Result<()> {
    let database = args.database.context("which database? --database URL|FILE, or MATINEE_DATABASE")?;
    let models = args.models.context("which directory of models? --models DIR, or MATINEE_MODELS")?;
    let store = open(&database).await?;
    let life = Life::new(Arc::new(store.clone()), ModelDirectory::new(models));
    let life = life.with_artefacts(args.artefacts.open()?);
    let done =
        Provenance { actor: Actor::Operator, ..Provenance::default() }.scope(carry_out(args.what, &life, &store)).await;
    store.close().await;
    done
}

/// Opens a database whose schema is up to date.
pub async fn open(database: &str) -> anyhow::Result<Store> {
    let store = Store::connect(database, StoreOptions::default())
        .await
        .with_context(|| format!("opening the database {}", redact(database)))?;
    store.migrate().await.with_context(|| format!("bringing the schema of {} up to date", redact(database)))?;
    Ok(store)
}

async fn carry_out(what: What, life: &Life, store: &Store) -> anyhow::Result<()> {
    let now = SystemClock.now();
    life.adopt(now).await?;
    match what {
        What::List { json } => list(&life.directory, &life.registry.list_models(1_000).await?, json),
        What::Show { name } => show(life, &name).await?,
        What::Promote { name, golden, force, runtime } => {
            let golden = golden.map(|path| read_golden(&path)).transpose()?.unwrap_or_default();
            let runtime = OnnxRuntime::load(&runtime.ort_lib)?;
            life.bring_live_here().await?;
            life.bring_here(&name).await?;
            life.register(&name, ModelState::Candidate, now).await?;
            let judged = life.judge(&runtime, store, &name, Gate::default(), golden).await?;
            tell(life.promote(&name, judged, force, now).await?, force)?;
        }
        What::Shadow { name: Some(name), .. } => {
            life.bring_here(&name).await?;
            life.register(&name, ModelState::Candidate, now).await?;
            life.shadow(&name, now).await?;
            println!("Model {name} scores beside the live one; workers take it within seconds.");
        }
        What::Shadow { name: None, .. } => match life.end_shadow(now).await? {
            Some(name) => println!("Model {name} is a candidate again."),
            None => println!("No model scored beside the live one."),
        },
        What::Trial(what) => trial::carry_out(what, life, now).await?,
        What::Rollback { to } => {
            let name = life.roll_back(to.as_deref(), now).await?;
            println!("Model {name} is live again; workers take it within seconds.");
        }
        What::Push { name, again } => push(life, &name, again, now).await?,
        What::Pull { name } => {
            life.fetch(&name).await?;
            println!("The files of model {name} are in {}.", life.directory.path().join(&name).display());
        }
    }
    Ok(())
}

async fn push(life: &Life, name: &str, again: bool, now: Timestamp) -> anyhow::Result<()> {
    let store = life.artefacts.as_ref().ok_or(LifeError::NoStore)?;
    if life.registry.lookup_model(name).await?.is_none() {
        // Who fetches holds the files against what is registered.
        life.register(name, ModelState::Candidate, now).await?;
    }
    match store.push(name, &life.directory, again).await? {
        Pushed::Put(bytes) => println!("Model {name} is in {} ({} kB).", store.name(), bytes / 1_000),
        Pushed::WasThere => println!("Model {name} is in {}.", store.name()),
    }
    Ok(())
}

/// Prints what became of a candidate; a refusal is an error.
pub fn tell(promotion: Promotion, is_forced: bool) -> anyhow::Result<()> {
    match promotion {
        Promotion::Live(judged) => {
            print!("{judged}");
            let although = if is_forced && !judged.passed() { ", although the gate refused it" } else { "" };
            println!("Model {} is live{although}; workers take it within seconds.", judged.candidate.name);
            Ok(())
        }
        Promotion::Refused(judged) => {
            print!("{judged}");
            bail!(
                "model {} is refused by its numbers above; the live model stays (--force makes it live all the same)",
                judged.candidate.name
            )
        }
    }
}

fn list(directory: &ModelDirectory, models: &[RegisteredModel], json: bool) {
    if models.is_empty() && !json {
        println!("There is no model yet; `matinee-ai train` makes one.");
    }
    for model in models {
        let (state, size) = (model.state.name(), model.size_bytes);
        let is_here = directory.holds(&model.name);
        if json {
            let line = serde_json::json!({ "name": model.name, "state": state, "size_bytes": size,
                "created_at": model.created_at, "changed_at": model.changed_at, "is_here": is_here });
            println!("{line}");
        } else {
            let at = model.changed_at.format("%Y-%m-%d %H:%M");
            let place = if is_here { "" } else { "  not in this folder" };
            println!("{:30} {state:10} since {at}  {:>8} kB{place}", model.name, size / 1_000);
        }
    }
}

async fn show(life: &Life, name: &str) -> anyhow::Result<()> {
    let model = life.registry.lookup_model(name).await?;
    let model =
        model.with_context(|| format!("there is no model {name}; `matinee-ai models list` shows those there are"))?;
    let at = model.changed_at.format("%Y-%m-%d %H:%M:%S");
    println!("{} is {} since {at} UTC", model.name, model.state.name());
    let is_here = if life.directory.holds(name) { "are" } else { "are not" };
    println!("Its files {is_here} in {}", life.directory.path().display());
    if let Some(store) = &life.artefacts {
        match store.holds(name).await {
            Ok(holds) => println!("Its files {} in {}", if holds { "are" } else { "are not" }, store.name()),
            Err(error) => println!("Whether they are in the store is not known: {error}"),
        }
    }
    let manifest: serde_json::Value = serde_json::from_str(&model.manifest)?;
    println!("{}", serde_json::to_string_pretty(&manifest)?);
    if let Some(kept) = &model.verdict {
        let judged: Verdict = serde_json::from_str(kept)?;
        print!("Judged:\n{judged}");
    }
    Ok(())
}
