//! The commands of `matinee`.

mod backup;
mod backup_cockroach;
mod history;
mod import;
mod index;
mod migrate;
mod partitions;
mod serve;
mod settings;
mod text_model;
mod train;
mod users;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    config::{self, ConfigError},
    logging,
};

/// What was asked can't be done as it was asked.
const USAGE: u8 = 2;

#[derive(Debug, Parser)]
#[command(
    name = "matinee",
    version,
    about = "Finds people the next film to watch",
    after_help = "Settings come from defaults, then matinee.toml (or --config FILE), then the environment; \
                  `matinee config` prints them.\n\nExit codes: 0 done, 1 it failed, 2 wrong command line or settings.\n\n\
                  Examples:\n  matinee import demo ~/.cache/matinee/demo\n  matinee train\n  PORT=9000 matinee serve"
)]
pub struct Cli {
    /// Configuration file (TOML).
    #[arg(long, global = true, env = "MATINEE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages and API.
    #[command(after_help = "Example:\n  MATINEE_DATA_DIR=/var/lib/matinee PORT=8080 matinee serve")]
    Serve,
    /// Make the database, or bring its schema up to date.
    #[command(after_help = "Example:\n  MATINEE_DATA_DIR=/var/lib/matinee matinee migrate")]
    Migrate {
        #[command(subcommand)]
        what: Option<migrate::What>,
    },
    /// Take films and ratings in.
    Import {
        #[command(subcommand)]
        what: import::What,
    },
    /// Train a model on all ratings and make it live.
    #[command(after_help = "A running server takes the new model within seconds.\n\nExample:\n  matinee train")]
    Train(train::TrainArgs),
    /// Make a language model of what was fetched, so that films can be described.
    TextModel(text_model::TextModelArgs),
    /// What was changed, by whom, and taking it back.
    History {
        #[command(subcommand)]
        what: history::What,
    },
    /// The search index.
    Index {
        #[command(subcommand)]
        what: index::What,
    },
    /// Copies of the database that are known to be good.
    Backup {
        #[command(subcommand)]
        what: backup::What,
    },
    /// Where the database keeps its rows: list, move to other disks, split.
    Partitions {
        #[command(subcommand)]
        what: partitions::What,
    },
    /// People with an account, and their roles.
    Users {
        #[command(subcommand)]
        what: users::What,
    },
    /// Print all settings, and where each comes from.
    #[command(after_help = "Example:\n  PORT=9000 matinee config")]
    Config,
    /// Print the OpenAPI document of the JSON API.
    #[command(after_help = "Example:\n  matinee openapi > openapi.json")]
    Openapi,
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    end_quietly_where_nobody_reads();
    let loaded = config::file(cli.config.as_deref())
        .and_then(|file| Ok((config::load(file.as_deref(), std::env::vars())?, file)));
    let ((config, figment), file) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => return refuse(&error),
    };
    if let Err(error) = logging::start(&config.log) {
        eprintln!("matinee: {error:#}");
        return ExitCode::from(USAGE);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("matinee: the runtime can't be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(async {
        match cli.command {
            Command::Serve => serve::serve(&config, file).await?,
            Command::Migrate { what } => migrate::run(&config, what).await?,
            Command::Import { what } => import::import(&config, what).await?,
            Command::Train(args) => train::train(&config, &args).await?,
            Command::TextModel(args) => text_model::install(&config, &args)?,
            Command::History { what } => return history::run(&config, what).await,
            Command::Index { what } => index::run(&config, &what).await?,
            Command::Backup { what } => backup::run(&config, &what).await?,
            Command::Partitions { what } => partitions::run(&config, &what).await?,
            Command::Users { what } => users::run(&config, what).await?,
            Command::Config => settings::print(&config, &figment)?,
            Command::Openapi => settings::print_openapi()?,
        }
        anyhow::Ok(ExitCode::SUCCESS)
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("matinee: {}", in_words(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error and what caused it, each said once: many errors tell their cause themselves.
fn in_words(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |said, cause| match cause.to_string() {
        words if said.is_empty() => words,
        words if said.contains(&words) => said,
        words => format!("{said}: {words}"),
    })
}

/// `matinee history list | head`: once the reader has gone, there is nothing to say and nobody to say it to.
fn end_quietly_where_nobody_reads() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // The words of `println!`; it has no other way to tell.
        let words = panic.payload_as_str().unwrap_or_default();
        if words.starts_with("failed printing to stdout") && words.contains("Broken pipe") {
            std::process::exit(0);
        }
        report(panic);
    }));
}

fn refuse(error: &ConfigError) -> ExitCode {
    eprintln!("matinee: the settings can't be used:\n{error}");
    ExitCode::from(USAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_error_says_of_its_cause_is_not_said_again() {
        let cause = std::io::Error::other("the disk is full");
        let error = anyhow::Error::new(cause).context("cannot write x: the disk is full").context("nothing was made");
        assert_eq!(in_words(&error), "nothing was made: cannot write x: the disk is full");
    }
}
