//! `matinee-ai`: trains, serves and measures models. See `matinee-ai help`.

fn main() -> std::process::ExitCode {
    matinee_ai::cli::main()
}
