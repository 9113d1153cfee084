//! `matinee-director`: the entry before the web instances.

use std::process::ExitCode;

use clap::Parser;
use matinee_director::cli::{self, Cli};
use mimalloc::MiMalloc;

/// Small allocations for every request, freed on whichever thread ends it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::run(&Cli::parse())
}
