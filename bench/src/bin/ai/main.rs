//! `ai PART FOLDER`: what the AI worker's serving does, on generated models of the sizes that docs/benchmarks.md names. Each
//! part prints one line of JSON a figure.
//!
//! `scan`: the exact best 100 of a million films against what reading as many bytes takes, and the files that
//! `bench/ann.py` runs other libraries on. `serve`: recommendations over HTTP, 50 a second, of a model of 100,000 films and
//! one inference thread. `batch`: what batching reaches of the best batch offline. `memory`: with 50,000 films.

mod memory;
mod scan;
mod serving;
mod world;

use std::path::PathBuf;

use anyhow::{Context, bail};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let part = arguments.next().context("usage: ai scan|serve|batch|memory FOLDER")?;
    let folder = PathBuf::from(arguments.next().context("which folder may the models be written to?")?);
    std::fs::create_dir_all(&folder)?;
    match part.as_str() {
        "scan" => scan::run(&folder),
        "serve" => serving::latency(&folder).await,
        "batch" => serving::batching(&folder).await,
        "memory" => memory::run(&folder),
        other => bail!("there is no part `{other}`; there are scan, serve, batch, memory"),
    }
}

/// One line of JSON.
fn tell(figure: &str, values: &serde_json::Value) {
    println!("{}", serde_json::json!({ "figure": figure, "values": values }));
}

/// The value that `percent` of them are not above, of sorted ones.
fn percentile(sorted: &[f64], percent: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place")]
    let place = (sorted.len() as f64 * percent / 100.0) as usize;
    sorted[place.min(sorted.len() - 1)]
}
