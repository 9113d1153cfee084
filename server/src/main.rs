//! `matinee`: the web instance and its commands.

use std::process::ExitCode;

use clap::Parser;
use matinee_server::cli::{self, Cli};
use mimalloc::MiMalloc;

/// Rendering a page is many small allocations, which cost the system's allocator more time than anything else did.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::run(Cli::parse())
}
