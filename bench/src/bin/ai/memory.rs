//! What a worker with a model of 50,000 films holds.

use std::path::Path;

use matinee_ai::worker::{Engine, EngineOptions};

use crate::{serving::ort_library, tell, world};

const FILMS: usize = 50_000;
const WIDTH: usize = 64;

pub fn run(folder: &Path) -> anyhow::Result<()> {
    // Whether the model is written in this run makes a difference to what stays of it in memory: two runs, the second counts.
    let models = folder.join("models-50k");
    if !models.join("live").exists() {
        world::write(&models, FILMS, WIDTH)?;
    }
    let before = resident_bytes()?;
    let engine = Engine::open(&models, &ort_library()?, EngineOptions::default())?;
    let after = resident_bytes()?;
    tell(
        "memory with 50,000 films, one inference thread",
        &serde_json::json!({ "resident_mb": after / 1_000_000, "before_mb": before / 1_000_000,
            "models_in_memory": engine.models_in_memory() }),
    );
    Ok(())
}

fn resident_bytes() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    let kibibytes: u64 = line.split_whitespace().nth(1).unwrap_or("0").parse()?;
    Ok(kibibytes * 1_024)
}
