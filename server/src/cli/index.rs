use std::sync::Arc;

use anyhow::Context;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use matinee_search::IndexError;
use matinee_services::ports::{MovieRepository, SystemClock};
use matinee_store::Store;

use crate::{compose, config::Config};

#[derive(Debug, Subcommand)]
pub enum What {
    /// Build the index anew from the catalogue. Not while a server uses the same folder: it builds its own at start.
    #[command(after_help = "Example:\n  matinee index rebuild")]
    Rebuild,
}

/// `matinee index …`.
pub async fn run(config: &Config, what: &What) -> anyhow::Result<()> {
    match what {
        What::Rebuild => {
            let store = compose::open_store(config, Arc::new(SystemClock)).await?;
            rebuild(config, &store).await
        }
    }
}

/// Brings the index up to date after a command changed films. A running server has it open and follows by itself.
///
/// # Errors
/// When it could not be built; the rows themselves are safe.
pub async fn follow(config: &Config, store: &Store) -> anyhow::Result<()> {
    match rebuild(config, store).await {
        Err(error) if matches!(error.downcast_ref(), Some(IndexError::InUse { .. })) => {
            println!("A server is running on this data; its search index follows within seconds.");
            Ok(())
        }
        built => built
            .context("the rows are as they should be, but the search index was not built; run `matinee index rebuild`"),
    }
}

/// Builds the index from all films of the store.
async fn rebuild(config: &Config, store: &Store) -> anyhow::Result<()> {
    let (index, _) = compose::open_index(&config.data.index(), &config.search)?;
    let bar = ProgressBar::new(MovieRepository::count(store).await?);
    bar.set_style(ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} films")?);
    bar.set_prefix("search index");
    let films = index.rebuild(store, |done| bar.set_position(done)).await?;
    bar.finish_and_clear();
    println!("Search index: {films} films.");
    Ok(())
}
