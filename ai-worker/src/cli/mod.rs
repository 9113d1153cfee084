//! The commands of `matinee-ai`, one file each, and what they share: arguments, logging, exit codes.

mod artefacts;
mod evaluate;
mod models;
mod serve;
mod text_model;
mod train;
mod trial;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

#[derive(Debug, Parser)]
#[command(
    name = "matinee-ai",
    version,
    about = "Trains, serves and measures Matinee's recommendation models",
    after_help = "Exit codes: 0 done, 1 it failed (the reason is printed), 2 wrong arguments.\n\
                  Logs go to standard error; RUST_LOG sets how much (RUST_LOG=matinee_ai=debug)."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train a model on the database's ratings and make it live.
    Train(train::TrainArgs),
    /// Which models there are, which one serves and where their files are: list, show, promote, rollback, push, pull.
    Models(models::ModelsArgs),
    /// Answer recommendation requests over HTTP.
    Serve(serve::ServeArgs),
    /// Make a language model of what was fetched, so that films can be described.
    TextModel(text_model::TextModelArgs),
    /// Train on a part of ratings and measure on the rest: every stage, with intervals.
    Evaluate(evaluate::EvaluateArgs),
}

/// Where ONNX Runtime is.
#[derive(Debug, Args)]
struct RuntimeArgs {
    /// ONNX Runtime's shared library (libonnxruntime.so.1.31.1).
    #[arg(long, env = "MATINEE_ORT_LIB", value_name = "FILE", default_value_os_t = default_library())]
    ort_lib: PathBuf,
}

/// Where `make` puts the library.
fn default_library() -> PathBuf {
    let cache = std::env::var_os("MATINEE_CACHE_DIR").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME")?;
        Some(PathBuf::from(home).join(".cache/matinee"))
    });
    cache.unwrap_or_default().join("onnxruntime/libonnxruntime.so.1.31.1")
}

/// Parses the command line and runs a command.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,ort=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let done = match cli.command {
        Command::Train(args) => with_runtime(train::run(args)),
        Command::Models(args) => with_runtime(models::run(args)),
        Command::Serve(args) => with_runtime(serve::run(args)),
        Command::TextModel(args) => text_model::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("matinee-ai: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn with_runtime(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}
