//! Reads all inputs that are kept, and what comes of spoiling them.

mod spoiling;

use std::path::Path;

use matinee_fuzz::TARGETS;

#[test]
fn every_kept_input_and_what_comes_of_spoiling_it_is_read_without_a_panic() {
    for target in TARGETS {
        spoiling::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name), target.read);
    }
}
