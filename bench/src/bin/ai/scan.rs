//! The exact scan of a million films, and the same million for other libraries.

use std::{collections::HashSet, hint::black_box, io::Write, path::Path, time::Instant};

use matinee_ai::scan::{Cells, Extra, Found, ItemMatrix, Search};
use rand::seq::SliceRandom;

use crate::{percentile, tell, world};

const FILMS: usize = 1_000_000;
const WIDTH: usize = 64;
const K: usize = 100;
const QUERIES: usize = 1_000;
/// Turns of reading and scanning, one after the other, so that both have the same machine.
const TURNS: usize = 60;
/// What the cells that are read have to hold of the exact best.
const RECALL: f64 = 0.99;
/// Cells that a worker reads of so many films: one in five.
const SERVED_PROBES: usize = 200;
/// How much popularity counts, as for somebody with a few events.
const POPULARITY: f32 = 0.5;
/// Searches in one batch.
const BATCH: usize = 32;

pub fn run(folder: &Path) -> anyhow::Result<()> {
    let mut rng = world::rng(1);
    let rows = world::embeddings(FILMS, WIDTH, &mut rng);
    let queries = world::embeddings(QUERIES, WIDTH, &mut rng);
    write_floats(&folder.join("films.f32"), &rows)?;
    write_floats(&folder.join("queries.f32"), &queries)?;
    let started = Instant::now();
    let matrix = ItemMatrix::new(WIDTH, rows.clone());
    let build_s = started.elapsed().as_secs_f64();
    let nothing = HashSet::new();
    let search = |query| Search { query, extra: None, hidden: &nothing, k: K };
    let queries: Vec<&[f32]> = queries.chunks_exact(WIDTH).collect();

    let mut popularity = world::log_popularity(FILMS);
    popularity.shuffle(&mut rng);
    let popularity = Extra::new(popularity);
    let plain = vec![1_u64; matrix.bytes_scanned() / 8];
    for (what, extra) in [("as workers ask", Some((POPULARITY, &popularity))), ("by taste alone", None)] {
        let (mut reading, mut scanning) = (Vec::new(), Vec::new());
        for query in queries.iter().cycle().take(TURNS) {
            let started = Instant::now();
            black_box(read(black_box(&plain)));
            reading.push(started.elapsed().as_secs_f64());
            let started = Instant::now();
            black_box(matrix.top(&[Search { extra, ..search(query) }]));
            scanning.push(started.elapsed().as_secs_f64());
        }
        reading.sort_by(f64::total_cmp);
        scanning.sort_by(f64::total_cmp);
        let (read_s, scan_s) = (percentile(&reading, 50.0), percentile(&scanning, 50.0));
        let (best_read_s, best_scan_s) = (reading[0], scanning[0]);
        #[expect(clippy::cast_precision_loss, reason = "bytes")]
        let gigabytes = matrix.bytes_scanned() as f64 / 1e9;
        tell(
            &format!("exact top-100 of 1M x 64, one thread, {what}"),
            &serde_json::json!({ "build_s": build_s, "scan_ms": scan_s * 1e3, "read_ms": read_s * 1e3,
                "scan_gb_s": gigabytes / scan_s, "read_gb_s": gigabytes / read_s,
                "share_of_bandwidth": read_s / scan_s, "share_of_bandwidth_best_runs": best_read_s / best_scan_s }),
        );
    }

    let started = Instant::now();
    let mut exact = std::io::BufWriter::new(std::fs::File::create(folder.join("exact.u32"))?);
    let mut best: Vec<HashSet<usize>> = Vec::with_capacity(QUERIES);
    for queries in queries.chunks(BATCH) {
        let searches: Vec<_> = queries.iter().map(|query| search(query)).collect();
        for found in matrix.top(&searches) {
            for found in &found {
                exact.write_all(&u32::try_from(found.film)?.to_le_bytes())?;
            }
            best.push(found.iter().map(|found| found.film).collect());
        }
    }
    exact.flush()?;
    #[expect(clippy::cast_precision_loss, reason = "a number of queries")]
    let qps = QUERIES as f64 / started.elapsed().as_secs_f64();
    tell("exact top-100 of 1M x 64, in batches of 32", &serde_json::json!({ "qps": qps, "recall": 1.0 }));
    drop(matrix);

    let started = Instant::now();
    let cells = Cells::new(WIDTH, &rows, &vec![0.0; FILMS], FILMS.isqrt());
    let build_s = started.elapsed().as_secs_f64();
    let mut is_enough = false;
    for probes in [1, 2, 4, 8, 16, 32, 64, 128, SERVED_PROBES, 256, 512, 1_000] {
        if is_enough && probes != SERVED_PROBES {
            continue;
        }
        let started = Instant::now();
        let found: Vec<_> = queries.iter().map(|query| cells.top(&search(query), probes)).collect();
        #[expect(clippy::cast_precision_loss, reason = "numbers of queries and films")]
        let (qps, recall) = (
            QUERIES as f64 / started.elapsed().as_secs_f64(),
            found.iter().zip(&best).map(|(found, best)| shared(found, best)).sum::<usize>() as f64
                / (QUERIES * K) as f64,
        );
        let is_first = recall >= RECALL && !is_enough;
        is_enough |= is_first;
        if is_first || probes == SERVED_PROBES {
            tell(
                "top-100 of 1M x 64 in cells, one at a time",
                &serde_json::json!({ "build_s": build_s, "probes": probes, "qps": qps, "recall": recall }),
            );
        }
    }
    Ok(())
}

fn shared(found: &[Found], best: &HashSet<usize>) -> usize {
    found.iter().filter(|found| best.contains(&found.film)).count()
}

/// Reads all of it, and does as little as one can with it.
fn read(words: &[u64]) -> u64 {
    let mut sums = [0_u64; 8];
    for words in words.chunks_exact(8) {
        sums.iter_mut().zip(words).for_each(|(sum, word)| *sum = sum.wrapping_add(*word));
    }
    sums.into_iter().fold(0, u64::wrapping_add)
}

fn write_floats(path: &Path, values: &[f32]) -> anyhow::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for value in values {
        file.write_all(&value.to_le_bytes())?;
    }
    Ok(file.flush()?)
}
