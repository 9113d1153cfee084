//! `matinee-ai serve`: an AI worker.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use clap::Args;
use matinee_connections::{Files, Identity, TlsListener, server_config};
use matinee_services::ports::Shard;
use matinee_store::{Store, StoreOptions, redact};
use rustls::ServerConfig;
use tokio::net::TcpListener;

use super::{RuntimeArgs, artefacts::ArtefactArgs};
use crate::{
    SystemClock,
    artefacts::ArtefactStore,
    http::{self, Worker},
    life::Life,
    model::ModelDirectory,
    text::{Filler, Filling, TextEngine, TextOptions},
    worker::{Engine, EngineOptions},
};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  matinee-ai serve --models /var/lib/matinee/models --listen 127.0.0.1:8090\n\
                        then start the web instance with MATINEE_AI_URLS=http://127.0.0.1:8090\n\n  \
                        matinee-ai serve --models /var/lib/matinee/models --listen 10.0.0.5:8090 --shard 1/2\n\n\
                        With a folder of its own, to which it fetches what the registry says is live:\n  \
                        matinee-ai serve --models /var/lib/matinee/models --listen 10.0.0.5:8090 \\\n    \
                        --database postgres://matinee@db1/matinee --models-store s3://films/models\n\n\
                        Paths: POST /v1/recommend, /v1/rank, /v1/explain, /v1/similar, /v1/embed, /v1/describe; GET /v1/status, /livez, /readyz,\n\
                        /metrics, /openapi.json; all of them by https and for callers with a certificate alone where --tls-client-ca is given, such\n\
                        as\n  matinee-ai serve --models /var/lib/matinee/models --listen 10.0.0.5:8090 --tls-cert /etc/matinee/tls/ai.pem \\\n    \
                        --tls-key /etc/matinee/tls/ai.key --tls-client-ca /etc/matinee/tls/ca.pem\nStops on SIGTERM and Ctrl+C, after open requests.")]
pub struct ServeArgs {
    /// The directory of models.
    #[arg(long, env = "MATINEE_MODELS", value_name = "DIR")]
    models: PathBuf,
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// The database whose registry says which model is live: a URL, or the path of an SQLite file. Without it, the
    /// directory's own pointer does, which is enough where `matinee-ai models` runs on the same directory. Films are embedded from it,
    /// so that they can be described; without it this worker knows those that others of the same directory embedded.
    #[arg(long, env = "MATINEE_DATABASE", value_name = "URL|FILE")]
    database: Option<String>,
    /// Hold and rank but one of several parts of the films: 2/3 is the second of three. The web instances find out by themselves which
    /// worker has which part, ask one of each, and put the answers together. Each part needs a worker, better two.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Inference threads.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    /// Requests that wait at most; beyond it the answer is 429.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    queue_len: u32,
    /// Requests computed together at most.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    batch_max: u32,
    /// Events computed together at most: requests × the events of the longest one.
    #[arg(long, default_value_t = 8_192, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    batch_events: u32,
    /// How long a batch waits for more requests once it has begun.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    batch_window_us: u64,
    /// A request that takes longer is given up, also when its caller would wait longer.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    timeout_ms: u64,
    /// How often to look for a new live model.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(100..=3_600_000))]
    reload_interval_ms: u64,
    /// How long open requests may go on after the order to stop.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(0..=600_000))]
    stop_grace_ms: u64,
    /// Serve by https with this certificate (PEM, then those that vouch for it); read anew when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Serve those alone who show a certificate that an authority of this file (PEM) signed.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_client_ca: Option<PathBuf>,
    /// The share of a core that embedding films may take, in percent.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
    text_share_percent: u32,
    #[command(flatten)]
    runtime: RuntimeArgs,
    #[command(flatten)]
    artefacts: ArtefactArgs,
}

pub async fn run(args: ServeArgs) -> anyhow::Result<()> {
    let options = EngineOptions {
        threads: args.threads.into(),
        queue_len: args.queue_len as usize,
        batch_max: args.batch_max as usize,
        batch_events: args.batch_events as usize,
        batch_window: Duration::from_micros(args.batch_window_us),
        timeout: Duration::from_millis(args.timeout_ms),
        shard: args.shard,
    };
    let artefacts = args.artefacts.open()?;
    if let Some(store) = &artefacts
        && args.database.is_none()
    {
        bail!(
            "{} has models, but which one is live says the registry: --database URL|FILE, or MATINEE_DATABASE",
            store.name()
        );
    }
    let metrics = http::metrics_handle()?;
    let tls = tls(&args)?;
    let engine = Arc::new(Engine::open(&args.models, &args.runtime.ort_lib, options)?);
    if engine.manifest().is_none() {
        tracing::warn!(models = %args.models.display(), "there is no live model yet: train one; it is taken when it appears");
    }
    let text = Arc::new(TextEngine::open(&args.models, &args.runtime.ort_lib, text_options(&args))?);
    let listener =
        TcpListener::bind(args.listen).await.with_context(|| format!("listening on {} (--listen)", args.listen))?;
    tracing::info!(address = %listener.local_addr()?, tls = tls.is_some(), "serving");
    tokio::spawn(Engine::follow_live(Arc::clone(&engine), Duration::from_millis(args.reload_interval_ms)));
    tokio::spawn(TextEngine::follow(Arc::clone(&text), Duration::from_millis(args.reload_interval_ms)));
    if let Some(database) = &args.database {
        follow_database(database, &args, &text, artefacts).await?;
    }
    let worker =
        Worker::new(engine, Duration::from_millis(args.timeout_ms), metrics).of_shard(args.shard).with_text(text);
    let grace = Duration::from_millis(args.stop_grace_ms);
    match tls {
        None => http::serve(listener, worker, stop_asked(), grace).await,
        Some((identity, config)) => {
            tokio::spawn(identity.follow(Identity::RELOAD));
            http::serve(TlsListener::new(listener, config)?, worker, stop_asked(), grace).await;
        }
    }
    tracing::info!("stopped");
    Ok(())
}

/// By what https is served, if it is.
fn tls(args: &ServeArgs) -> anyhow::Result<Option<(Identity, ServerConfig)>> {
    let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(None) };
    let identity = Identity::read(Files { certificate: certificate.clone(), key: key.clone() });
    let identity = identity.context("serving by https (--tls-cert, --tls-key)")?;
    let config = server_config(&identity, args.tls_client_ca.as_deref())
        .context("asking callers for a certificate (--tls-client-ca)")?;
    Ok(Some((identity, config)))
}

fn text_options(args: &ServeArgs) -> TextOptions {
    TextOptions {
        queue_len: args.queue_len as usize,
        batch_window: Duration::from_micros(args.batch_window_us),
        timeout: Duration::from_millis(args.timeout_ms),
        ..TextOptions::default()
    }
}

/// Keeps the directory's pointer where the registry says, fetching what it lacks, and the catalogue's films embedded.
async fn follow_database(
    database: &str,
    args: &ServeArgs,
    text: &Arc<TextEngine>,
    artefacts: Option<ArtefactStore>,
) -> anyhow::Result<()> {
    let store = Store::connect(database, StoreOptions::default())
        .await
        .with_context(|| format!("opening the database {}", redact(database)))?;
    let filler = Filler {
        engine: Arc::clone(text),
        movies: Arc::new(store.clone()),
        history: Arc::new(store.clone()),
        clock: Arc::new(SystemClock),
        options: Filling { share_percent: args.text_share_percent, ..Filling::default() },
    };
    tokio::spawn(filler.keep_filling());
    let life = Life::new(Arc::new(store), ModelDirectory::new(&args.models)).with_artefacts(artefacts);
    tokio::spawn(life.keep_following(Duration::from_millis(args.reload_interval_ms)));
    Ok(())
}

/// Ends on Ctrl+C and on SIGTERM.
async fn stop_asked() {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
    let terminated = async {
        match &mut term {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
