//! libFuzzer on the target that `FUZZ_TARGET` names: one program for all, for linking the server takes longer than fuzzing it.
//! By `scripts/fuzz.sh`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use matinee_fuzz::{TARGETS, Target};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    let found = TARGETS.iter().find(|target| target.name == name);
    *found.unwrap_or_else(|| panic!("FUZZ_TARGET is {name:?}, but must be one of {names:?}"))
});

fuzz_target!(|bytes: &[u8]| (TARGET.read)(bytes));
