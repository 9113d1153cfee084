//! Real data sets, where there are any: run by hand, to see how fast and how cleanly they are read.
//!
//! `MATINEE_IMPORT_PATH=… cargo test --release -p matinee-importer real_data -- --ignored --nocapture`

use std::path::PathBuf;

use matinee_importer::{DemoPaths, ImportOptions, ImportStage, import_demo, import_movielens};

use crate::catalogue::MemoryCatalogue;

#[tokio::test]
#[ignore = "reads the data set that MATINEE_IMPORT_PATH names"]
async fn a_data_set_is_read() {
    let path = PathBuf::from(std::env::var_os("MATINEE_IMPORT_PATH").expect("MATINEE_IMPORT_PATH is set"));
    let catalogue = MemoryCatalogue::default();
    let mut print = |update: matinee_importer::ProgressUpdate| {
        if update.stage == ImportStage::Reading && update.fraction() > 0.99 {
            println!("{}: {} rows, {:.0} rows/s", update.part, update.rows, update.rows_per_s);
        }
    };
    let options = ImportOptions::default();
    let report = match DemoPaths::find(&path) {
        Ok(paths) => import_demo(&catalogue, &paths, &options, &mut print).await.unwrap(),
        Err(_) => import_movielens(&catalogue, &path, &options, &mut print).await.unwrap(),
    };
    println!("{report}");
    let held = catalogue.held();
    for movie in held.movies.values().filter(|movie| movie.year.is_none()) {
        println!("no year: {} ({:?})", movie.title, movie.alternative_titles);
    }
    println!("{} films, {} ratings, {} completed", held.movies.len(), held.ratings.len(), held.facts.len());
}
