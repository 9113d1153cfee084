//! The commands of `matinee-director`.

use std::{io::IsTerminal, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::{
    config::{self, Config, LogConfig, LogFormat},
    serve,
    tls::Certificate,
    upstreams::{Secured, source},
};

/// What was asked can't be done as it was asked.
const USAGE: u8 = 2;

#[derive(Debug, Parser)]
#[command(
    name = "matinee-director",
    version,
    about = "One address in front of any number of web instances",
    after_help = "Settings come from defaults, then the configuration file, then variables like DIRECTOR_LISTEN__HTTP \
                  (listen.http); docs/director.md lists them.\n\nSignals: TERM finishes open requests and stops, INT stops at once, \
                  HUP or USR2 hands over to a new process without dropping a connection.\n\nExit codes: 0 done, 1 it failed, \
                  2 wrong command line or settings.\n\nExamples:\n  matinee-director serve director.toml\n  \
                  matinee-director check director.toml\n  DIRECTOR_UPSTREAMS__SERVERS=10.0.0.5:8080,10.0.0.6:8080 matinee-director serve"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve.
    #[command(after_help = "Example:\n  matinee-director serve /etc/matinee/director.toml")]
    Serve {
        /// Configuration file (TOML).
        #[arg(env = "DIRECTOR_CONFIG", value_name = "CONFIG")]
        config: Option<PathBuf>,
        /// Take over the listening sockets of the process that runs with the same settings; it has to get SIGQUIT.
        #[arg(long)]
        upgrade: bool,
    },
    /// Look whether a configuration can be served: settings, certificate, list of instances.
    #[command(
        after_help = "Example:\n  matinee-director check /etc/matinee/director.toml && systemctl reload matinee-director"
    )]
    Check {
        /// Configuration file (TOML).
        #[arg(env = "DIRECTOR_CONFIG", value_name = "CONFIG")]
        config: Option<PathBuf>,
    },
    /// Print the settings as they are, defaults included, as TOML.
    Config {
        /// Configuration file (TOML).
        #[arg(env = "DIRECTOR_CONFIG", value_name = "CONFIG")]
        config: Option<PathBuf>,
    },
}

/// Does what the command line says.
pub fn run(cli: &Cli) -> ExitCode {
    let (Command::Serve { config: path, .. } | Command::Check { config: path } | Command::Config { config: path }) =
        &cli.command;
    let config = match config::load(path.as_deref()) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(USAGE);
        }
    };
    let done = match &cli.command {
        Command::Serve { upgrade, .. } => {
            start_log(&config.log).and_then(|()| serve::run(&config, path.clone(), *upgrade))
        }
        Command::Check { .. } => check(&config),
        Command::Config { .. } => print(&config),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn check(config: &Config) -> anyhow::Result<()> {
    if !config.listen.https.is_empty() {
        Certificate::read(&config.tls.certificate, &config.tls.key).context("the certificate can't be used")?;
    }
    Secured::read(&config.upstreams).context("instances can't be asked by TLS")?;
    if !config.upstreams.file.as_os_str().is_empty() {
        source::read(&config.upstreams.file)?;
    }
    println!("The configuration can be served.");
    Ok(())
}

fn print(config: &Config) -> anyhow::Result<()> {
    print!("{}", toml::to_string(config)?);
    Ok(())
}

fn start_log(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.filter).with_context(|| {
        format!("`log.filter` is {:?}, but must be like info,matinee_director=debug", config.filter)
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let colours = std::io::stderr().is_terminal();
    let started = match config.format {
        LogFormat::Text => builder.compact().with_ansi(colours).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("the log can't be started: {error}"))
}
