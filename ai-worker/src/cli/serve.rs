//! `matinee-ai serve`: an AI worker.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;

use super::{RuntimeArgs, http::router};
use crate::worker::{Engine, EngineOptions};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  matinee-ai serve --models /var/lib/matinee/models --listen 127.0.0.1:8090\n\
                        then start the web instance with MATINEE_AI_URLS=http://127.0.0.1:8090")]
pub struct ServeArgs {
    /// The directory of models.
    #[arg(long, env = "MATINEE_MODELS", value_name = "DIR")]
    models: PathBuf,
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Inference threads.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    /// Requests that wait at most; beyond it the answer is 429.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    queue_len: u32,
    /// Requests computed together at most.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    batch_max: u32,
    /// A request that takes longer is given up.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    timeout_ms: u64,
    /// How often to look for a new live model.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(100..=3_600_000))]
    reload_interval_ms: u64,
    #[command(flatten)]
    runtime: RuntimeArgs,
}

pub async fn run(args: ServeArgs) -> anyhow::Result<()> {
    let options = EngineOptions {
        threads: args.threads.into(),
        queue_len: args.queue_len as usize,
        batch_max: args.batch_max as usize,
        timeout: Duration::from_millis(args.timeout_ms),
        ..EngineOptions::default()
    };
    let engine = Arc::new(Engine::open(&args.models, &args.runtime.ort_lib, options)?);
    if engine.manifest().is_none() {
        tracing::warn!(models = %args.models.display(), "there is no live model yet: train one; it is taken when it appears");
    }
    let listener =
        TcpListener::bind(args.listen).await.with_context(|| format!("listening on {} (--listen)", args.listen))?;
    tracing::info!(address = %listener.local_addr()?, "serving");
    tokio::spawn(Engine::follow_live(Arc::clone(&engine), Duration::from_millis(args.reload_interval_ms)));
    axum::serve(listener, router(engine)).with_graceful_shutdown(stop_asked()).await?;
    tracing::info!("stopped");
    Ok(())
}

/// Ends on Ctrl+C and on SIGTERM.
async fn stop_asked() {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
    let terminated = async {
        match &mut term {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
