//! Imports into a new SQLite file and says how fast it was and how much memory it took.
//!
//! `import FILE movielens|wikipedia|imdb PATH [ROWS]`: the same as `matinee import`, without the search index. `FILE` may exist;
//! `ROWS` are written in one transaction.

use std::{collections::BTreeMap, path::PathBuf, time::Instant};

use matinee_importer::{
    ImportOptions, ImportReport, ImportStage, ProgressUpdate, imdb::Selection, import_imdb, import_movielens,
    import_wikipedia,
};
use matinee_store::{Durability, Store, StoreOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, what, path, rest @ ..] = arguments.as_slice() else {
        return Err("import FILE movielens|wikipedia|imdb PATH [ROWS]".into());
    };
    let path = PathBuf::from(path);
    let options = StoreOptions { durability: Durability::Normal, ..StoreOptions::default() };
    let store = Store::connect(file, options).await?;
    store.migrate().await?;
    let mut options = ImportOptions::default();
    if let Some(rows) = rest.first() {
        options.batch_rows = rows.parse()?;
    }
    // The last that was told of each part's rows.
    let mut parts: BTreeMap<String, (u64, f64)> = BTreeMap::new();
    let mut memory_kb = 0;
    let mut note = |update: ProgressUpdate| {
        memory_kb = memory_kb.max(own_memory_kb());
        if update.stage == ImportStage::Reading {
            parts.insert(update.part, (update.rows, update.rows_per_s));
        }
    };
    let begun = Instant::now();
    let report: ImportReport = match what.as_str() {
        "movielens" => import_movielens(&store, &path, &options, &mut note).await?,
        "wikipedia" => import_wikipedia(&store, &path, &options, &mut note).await?,
        "imdb" => import_imdb(&store, &path, Selection::default(), &options, &mut note).await?,
        other => return Err(format!("{other} is none of movielens, wikipedia and imdb").into()),
    };
    // What is in the log goes to the file.
    store.close().await;
    let seconds = begun.elapsed().as_secs_f64();
    print!("{report}");
    for (part, (rows, rate)) in parts {
        println!("{part}: {rows} rows, {rate:.0} rows/s while reading and writing");
    }
    let rows: u64 = report.parts.iter().map(|part| part.rows).sum();
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than six digits")]
    let rate = rows as f64 / seconds;
    println!("{} ambiguous, {} bad", report.ambiguous(), report.bad());
    let cpu = cpu_seconds();
    println!(
        "{rows} rows in {seconds:.2} s ({cpu:.2} s of processor): {rate:.0} rows/s, {memory_kb} kB of its own at most"
    );
    Ok(())
}

/// What is resident and no part of a file, as Linux counts it; 0 elsewhere. Pages of the database that are mapped don't
/// count: they are the system's cache of the file.
fn own_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Processor time of all threads, in user and in system mode, in seconds; Linux counts it in hundredths.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields 14 and 15; the second one, a name, may hold blanks.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = |at: usize| rest.split_whitespace().nth(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
