//! The kept inputs of the director's parsers, whole and spoilt (`fuzz/`).

use std::path::Path;

#[path = "../../../fuzz/tests/spoiling/mod.rs"]
mod spoiling;
#[path = "../../../fuzz/src/targets/director.rs"]
mod targets;

#[test]
fn no_bytes_of_a_request_or_of_a_file_stop_the_director_or_are_read_in_two_ways() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    spoiling::read_all(&corpus.join("director"), targets::requests);
    spoiling::read_all(&corpus.join("director-config"), targets::settings);
}
