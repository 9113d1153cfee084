//! An import that is stopped anywhere and begun again ends as if nothing had happened.

use std::fmt::Write as _;

use matinee_importer::{ImportOptions, import_movielens};
use proptest::prelude::*;

use crate::{
    catalogue::{Held, MemoryCatalogue},
    files::{Files, lenient},
};

/// A data set with good, bad and repeated rows from a few numbers.
fn files(ratings: &[(u32, u32, u8)]) -> Files {
    let mut text = "userId,movieId,rating,timestamp\n".to_owned();
    for (at, (user, movie, stars)) in ratings.iter().enumerate() {
        writeln!(text, "{user},{movie},{},{}", f64::from(*stars) / 2.0, 900_000_000 + at).unwrap();
    }
    let movies: String = (1..=8).fold("movieId,title,genres\n".to_owned(), |all, movie| {
        all + &format!("{movie},\"Film {movie}, The (19{movie}0)\",Drama\n")
    });
    let links = "movieId,imdbId,tmdbId\n1,11,12\n2,21,22\n3,,\n4,11,13\n5,51,52\n";
    Files::new(&[("movies.csv", movies.as_bytes()), ("ratings.csv", text.as_bytes()), ("links.csv", links.as_bytes())])
}

fn run(catalogue: &MemoryCatalogue, files: &Files, options: &ImportOptions) -> Result<u64, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let report = runtime.block_on(import_movielens(catalogue, &files.path(), options, &mut |_| {}));
    report.map(|report| report.bad()).map_err(|error| error.to_string())
}

fn uninterrupted(files: &Files) -> (Held, u64) {
    let catalogue = MemoryCatalogue::default();
    let bad = run(&catalogue, files, &lenient()).unwrap();
    (catalogue.held(), bad)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Each run is stopped after some writes, with batches of another size each time.
    #[test]
    fn an_import_interrupted_after_any_batches_ends_as_if_nothing_had_happened(
        ratings in prop::collection::vec((1_u32..6, 1_u32..10, 0_u8..12), 1..60),
        stops in prop::collection::vec((0_usize..6, 1_usize..9), 0..12),
    ) {
        let files = files(&ratings);
        let (expected, _) = uninterrupted(&files);
        let catalogue = MemoryCatalogue::default();
        for (calls, batch_rows) in stops {
            catalogue.fail_after(Some(calls));
            let _ = run(&catalogue, &files, &ImportOptions { batch_rows, ..lenient() });
        }
        catalogue.fail_after(None);
        run(&catalogue, &files, &lenient()).unwrap();
        prop_assert_eq!(catalogue.held(), expected);
    }
}

#[test]
fn an_import_stopped_after_every_second_write_comes_to_the_same() {
    let ratings: Vec<(u32, u32, u8)> = (0..40).map(|at| (at / 8 + 1, at % 9 + 1, (at % 12) as u8)).collect();
    let files = files(&ratings);
    let (expected, _) = uninterrupted(&files);
    let catalogue = MemoryCatalogue::default();
    let options = ImportOptions { batch_rows: 3, ..lenient() };
    let mut runs = 0;
    // Two calls, since a run that computes the statistics must be able to finish too.
    catalogue.fail_after(Some(2));
    while run(&catalogue, &files, &options).is_err() {
        catalogue.fail_after(Some(2));
        runs += 1;
        assert!(runs < 100, "every run gets on");
    }
    assert!(runs > 8, "it was interrupted {runs} times");
    assert_eq!(catalogue.held(), expected);
}

#[test]
fn rows_that_are_done_are_not_written_again() {
    let ratings: Vec<(u32, u32, u8)> = (0..40).map(|at| (at / 8 + 1, at % 8 + 1, 8)).collect();
    let files = files(&ratings);
    let catalogue = MemoryCatalogue::default();
    let options = ImportOptions { batch_rows: 8, ..lenient() };
    catalogue.fail_after(Some(6));
    run(&catalogue, &files, &options).unwrap_err();
    catalogue.fail_after(None);
    run(&catalogue, &files, &options).unwrap();
    let written: usize =
        catalogue.calls().iter().filter(|(part, _)| part == "movielens/ratings").map(|call| call.1).sum();
    assert_eq!(written, 40);
}
