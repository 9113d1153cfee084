//! The server as a process, killed again and again while people write to it: the small form of `bench/run.sh kills`, whose program says
//! what is held against what.

use std::{path::Path, process::Command};

fn kills(arguments: &[&str]) {
    // Where it runs, not where it was built: build results may serve several checkouts.
    let server = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    let program = Path::new(&server).join("../bench/kills.py");
    let mut python = Command::new("python3");
    // Nothing is left beside the program.
    python.arg("-B").arg(program).args(["--server", env!("CARGO_BIN_EXE_matinee")]).args(arguments);
    let done = python.output().expect("python3 is there: `make setup` installs it");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains(r#""lost": 0"#), "{said}");
}

#[test]
fn a_server_that_is_killed_under_load_loses_nothing_that_it_acknowledged() {
    kills(&["--sqlite", "10", "--postgresql", "0"]);
}

#[test]
fn a_server_or_its_postgresql_that_is_killed_under_load_loses_nothing_that_was_acknowledged() {
    kills(&["--sqlite", "0", "--postgresql", "5"]);
}
