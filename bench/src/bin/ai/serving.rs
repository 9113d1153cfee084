//! A worker under load: how long a recommendation takes, and how much batching reaches.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use matinee_ai::{
    http::{Worker, metrics_handle, router},
    model::ModelDirectory,
    pool::{PoolOptions, RemoteRecommender},
    worker::{Engine, EngineOptions, OnnxRuntime, Solo},
};
use matinee_services::ports::Recommender;
use tokio::{net::TcpListener, task::JoinSet};

use crate::{percentile, tell, world};

const FILMS: usize = 100_000;
const WIDTH: usize = 64;
/// Events of a person.
const EVENTS: usize = 50;
const PER_SECOND: u32 = 50;
const SECONDS: u32 = 20;
/// Requests of the batching run, and how many wait for an answer at once.
const REQUESTS: usize = 2_000;
const AT_ONCE: usize = 128;

pub fn ort_library() -> anyhow::Result<PathBuf> {
    Ok(std::env::var_os("MATINEE_ORT_LIB").context("MATINEE_ORT_LIB: where is ONNX Runtime?")?.into())
}

fn engine(folder: &Path, options: EngineOptions) -> anyhow::Result<Arc<Engine>> {
    let models = folder.join("models-100k");
    if ModelDirectory::new(&models).lookup_live()?.is_none() {
        world::write(&models, FILMS, WIDTH)?;
    }
    Ok(Arc::new(Engine::open(&models, &ort_library()?, options)?))
}

/// Requests come by the clock, whether or not those before were answered.
pub async fn latency(folder: &Path) -> anyhow::Result<()> {
    let engine = engine(folder, EngineOptions::default())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let worker = Worker::new(engine, Duration::from_secs(5), metrics_handle()?);
    tokio::spawn(async move { axum::serve(listener, router(worker)).await });
    let pool = Arc::new(RemoteRecommender::new(&[address], PoolOptions::default())?);
    let mut rng = world::rng(7);
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / PER_SECOND);
    let mut asked = JoinSet::new();
    for _ in 0..PER_SECOND * SECONDS {
        let due = ticks.tick().await;
        let (pool, request) = (Arc::clone(&pool), world::request(FILMS, EVENTS, &mut rng));
        asked.spawn(async move { pool.recommend(request).await.map(|found| (found.len(), due.elapsed())) });
    }
    let mut took_ms = Vec::new();
    while let Some(answer) = asked.join_next().await {
        let (films, took) = answer??;
        ensure!(films == 20, "{films} films");
        took_ms.push(took.as_secs_f64() * 1e3);
    }
    took_ms.sort_by(f64::total_cmp);
    tell(
        "recommendation over HTTP, 100,000 films, 50 a second, one inference thread",
        &serde_json::json!({ "requests": took_ms.len(), "p50_ms": percentile(&took_ms, 50.0),
            "p95_ms": percentile(&took_ms, 95.0), "p99_ms": percentile(&took_ms, 99.0) }),
    );
    Ok(())
}

/// As many as come through the queue in a time, against the best batch size without queue and threads.
pub async fn batching(folder: &Path) -> anyhow::Result<()> {
    let options = EngineOptions {
        queue_len: REQUESTS,
        batch_max: 64,
        timeout: Duration::from_mins(10),
        ..EngineOptions::default()
    };
    let engine = engine(folder, options)?;
    let mut rng = world::rng(8);
    let requests: Vec<_> = (0..REQUESTS).map(|_| world::request(FILMS, EVENTS, &mut rng)).collect();
    #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
    let per_second = |started: Instant| REQUESTS as f64 / started.elapsed().as_secs_f64();

    let model = ModelDirectory::new(engine.models()).load_live()?.context("the model was written above")?;
    let solo = Solo::load(&OnnxRuntime::load(&ort_library()?)?, model)?;
    let mut offline = Vec::new();
    for size in [1, 8, 16, 32, 64] {
        let started = Instant::now();
        for batch in requests.chunks(size) {
            solo.recommend(batch)?;
        }
        offline.push((size, per_second(started)));
    }
    drop(solo);

    let started = Instant::now();
    let mut waiting = requests.into_iter();
    let mut asked = JoinSet::new();
    let send = |request| {
        let engine = Arc::clone(&engine);
        async move { engine.recommend(request).await.map(|found| found.len()) }
    };
    waiting.by_ref().take(AT_ONCE).for_each(|request| drop(asked.spawn(send(request))));
    while let Some(answer) = asked.join_next().await {
        ensure!(answer?? == 20, "an answer was short");
        waiting.next().map(|request| asked.spawn(send(request)));
    }
    let online = per_second(started);
    let (size, best) = offline.iter().copied().max_by(|one, other| one.1.total_cmp(&other.1)).unwrap_or((1, 1.0));
    tell(
        "batching, 100,000 films, one inference thread",
        &serde_json::json!({ "per_second": online, "best_offline_per_second": best, "best_offline_batch": size,
            "share": online / best, "offline": offline }),
    );
    Ok(())
}
