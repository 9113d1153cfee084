//! `matinee`: the web instance and its commands.

use std::process::ExitCode;

use clap::Parser;
use matinee_server::cli::{self, Cli};

fn main() -> ExitCode {
    cli::run(Cli::parse())
}
