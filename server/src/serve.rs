//! Listening, background work, and stopping without dropping a request.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use anyhow::Context;
use axum::Router;
use matinee_ai::{
    life::Life,
    model::ModelDirectory,
    text::{Filler, Filling},
};
use matinee_app::shell::PublicOrigin;
use matinee_connections::{Identity, Limits, TlsListener, raise_file_limit, serve_until, server_config};
use matinee_services::{
    duty::AskedOf,
    ports::{
        Clock, EveningRepository, HistoryRepository, MailTokenRepository, SessionRepository, SignInAttemptRepository,
        SignInFailureRepository,
    },
};
use matinee_store::Store;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::{
    net::TcpListener,
    time::{Instant, interval_at, sleep},
};

use crate::{
    auth::SeaSessionStore,
    backups,
    cache::{keep_warm, tally},
    compose::Parts,
    config::{Config, HistoryConfig, ServerConfig},
    following::Follower,
    http::{assets::Assets, site},
    oauth::{Oauth, Providers},
    passkeys::Passkeys,
    router::router,
    state::Shared,
};

/// Upper ends of the buckets of request times, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Housekeeping begins so long after the start, which has enough to do, as have the instances beside one that is restarted.
const SETTLED: Duration = Duration::from_secs(30);

/// How often ended sessions are cleared away.
const SESSION_SWEEP: Duration = Duration::from_mins(10);

/// How long a wrong password is remembered.
const FAILURES_KEPT: chrono::TimeDelta = chrono::TimeDelta::days(1);

/// How often history is looked through for what is too old.
const HISTORY_PRUNING: Duration = Duration::from_hours(24);

/// Builds the router of an instance that people reach at `origin`.
///
/// # Errors
/// When the browser's files aren't there, or a client secret can't be read.
pub fn app(config: &Config, parts: &Parts, clock: &Arc<dyn Clock>, origin: String) -> anyhow::Result<Router> {
    parts.mail.serve_at(&origin);
    let passkeys = Passkeys::open(&config.server, &origin);
    let state = Shared {
        mail: parts.mail.clone(),
        services: parts.services.clone(),
        oauth: {
            let providers = Providers::open(&config.sign_in, &origin, clock)?;
            Oauth::new(config, providers, Arc::new(parts.store.clone()), &passkeys)
        },
        passkeys,
        origin: PublicOrigin(origin),
        tags: site::read_tags(&config.server.site_dir)?,
        assets: Assets::read(&config.server.site_dir)?,
        metrics: metrics_handle()?,
    };
    let sessions = SeaSessionStore::new(Arc::clone(&parts.sessions) as _, Arc::clone(clock), &config.auth);
    Ok(router(state.into(), sessions, config, clock))
}

/// Serves until the process is told to stop.
///
/// # Errors
/// When the address can't be listened on, or a part fails at start.
pub async fn run(config: &Config, parts: Parts, clock: Arc<dyn Clock>) -> anyhow::Result<()> {
    let address = SocketAddr::new(config.server.host, config.server.port);
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("can't listen on {address}: is another instance running? Choose another port, such as PORT=8081")
    })?;
    let address = listener.local_addr()?;
    let tls = tls(&config.server)?;
    let origin = match config.server.public_origin.as_str() {
        "" if tls.is_some() => format!("https://{address}"),
        "" => format!("http://{address}"),
        origin => origin.to_owned(),
    };
    let router = app(config, &parts, &clock, origin.clone())?;
    if let Some(reason) = parts.index_is_stale.clone() {
        build_index(&parts, reason);
    }
    follower(config, &parts, Arc::clone(&clock)).start();
    tokio::spawn(keep_warm(parts.cache.as_ref().clone(), config.data.dir.clone()));
    embed_films(config, &parts, Arc::clone(&clock));
    follow_models(config, &parts);
    complete_statistics(parts.store.clone());
    sweep_sessions(parts.store.clone(), Arc::clone(&clock));
    prune_history(Arc::new(parts.store.clone()), Arc::clone(&clock), config.history.clone());
    backups::start(config, clock);
    if config.server.is_https() && config.auth.second_step == AskedOf::Choice {
        tracing::info!("admins may sign in by a password alone: `auth.second_step = \"admins\"` asks them for more");
    }
    // For whoever started the process: the one line on standard output.
    println!("Matinee is ready: {origin}");
    let limits = Limits {
        head: config.server.header_timeout(),
        grace: config.server.shutdown_grace(),
        connections: raise_file_limit(config.server.max_connections),
    };
    match tls {
        None => serve_until(listener, router, limits, wait_for_signal()).await,
        Some((identity, tls)) => {
            tokio::spawn(identity.follow(Identity::RELOAD));
            serve_until(TlsListener::new(listener, tls)?, router, limits, wait_for_signal()).await;
        }
    }
    parts.views.write_all().await;
    parts.mail.drain(limits.grace).await;
    parts.store.close().await;
    Ok(())
}

/// By what https is served, if this instance does itself.
fn tls(config: &ServerConfig) -> anyhow::Result<Option<(Identity, rustls::ServerConfig)>> {
    let Some(files) = config.tls_files() else { return Ok(None) };
    let callers = Some(config.tls_client_ca.as_path()).filter(|path| !path.as_os_str().is_empty());
    let identity = Identity::read(files).context("https can't be served")?;
    let tls = server_config(&identity, callers).context("https can't be served")?;
    Ok(Some((identity, tls)))
}

/// What keeps this instance's cache and search index up to date with what others change.
pub fn follower(config: &Config, parts: &Parts, clock: Arc<dyn Clock>) -> Follower {
    Follower {
        store: parts.store.clone(),
        cache: Arc::clone(&parts.cache),
        sessions: Arc::clone(&parts.sessions),
        index: Arc::clone(&parts.index),
        clock,
        interval: Duration::from_millis(config.cache.follow_interval_ms),
    }
}

/// Embeds the catalogue's films beside serving, where this process has a text engine, so that they can be described.
fn embed_films(config: &Config, parts: &Parts, clock: Arc<dyn Clock>) {
    let Some(engine) = parts.text.clone() else { return };
    let store = Arc::new(parts.store.clone());
    let options = Filling { share_percent: config.ai.text_share_percent, ..Filling::default() };
    let filler = Filler { engine, movies: Arc::clone(&store) as _, history: store, clock, options };
    tokio::spawn(filler.keep_filling());
}

/// Goes where the registry says, where this process computes itself and a store has models' files. One that can't be opened is logged:
/// pages go on with the model that is here.
fn follow_models(config: &Config, parts: &Parts) {
    if !config.ai.workers.is_empty() {
        return;
    }
    match config.ai.open_models_store() {
        Ok(None) => {}
        Ok(artefacts) => {
            let directory = ModelDirectory::new(config.data.models());
            let life = Life::new(Arc::new(parts.store.clone()), directory).with_artefacts(artefacts);
            tokio::spawn(life.keep_following(Duration::from_millis(config.ai.reload_interval_ms.max(100))));
        }
        Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "no models are fetched"),
    }
}

/// Computes statistics that an upgrade added, beside serving: until then pages count for themselves.
fn complete_statistics(store: Store) {
    tokio::spawn(async move {
        sleep(SETTLED).await;
        match store.complete_statistics().await {
            Ok(true) => tracing::info!("films' statistics were computed anew"),
            Ok(false) => {}
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "films' statistics were not completed; the next start tries again"
            ),
        }
    });
}

/// Builds the search index beside serving; `/readyz` says when it is done.
fn build_index(parts: &Parts, reason: String) {
    let (index, store) = (Arc::clone(&parts.index), parts.store.clone());
    tokio::spawn(async move {
        tracing::info!(reason, "building the search index");
        match index.rebuild(&store, |_| ()).await {
            Ok(films) => tracing::info!(films, "the search index is ready"),
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "the search index was not built"),
        }
    });
}

/// Clears away, now and then, what is over: sessions, attempts to sign in, and failed ones.
fn sweep_sessions(store: Store, clock: Arc<dyn Clock>) {
    tokio::spawn(async move {
        let mut ticks = interval_at(Instant::now() + SETTLED, SESSION_SWEEP);
        loop {
            ticks.tick().await;
            let now = clock.now();
            let swept = async {
                SessionRepository::remove_expired(&store, now).await?;
                SignInAttemptRepository::remove_expired(&store, now).await?;
                store.remove_expired_mail_tokens(now).await?;
                store.remove_expired_evenings(now).await?;
                store.remove_older(now - FAILURES_KEPT).await
            };
            if let Err(error) = swept.await {
                tracing::warn!(error = &error as &dyn std::error::Error, "what is over was not cleared away");
            }
        }
    });
}

/// Drops history that is too old, once a day.
fn prune_history(history: Arc<dyn HistoryRepository>, clock: Arc<dyn Clock>, config: HistoryConfig) {
    tokio::spawn(async move {
        let mut ticks = interval_at(Instant::now() + SETTLED, HISTORY_PRUNING);
        loop {
            ticks.tick().await;
            let keep = config.retention(clock.now());
            match history.prune(keep, false).await {
                Ok(gone) if gone.entries > 0 => {
                    tracing::info!(entries = gone.entries, change_sets = gone.change_sets, "history was pruned");
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "history was not pruned"),
            }
        }
    });
}

/// The process's one recorder of measurements.
fn metrics_handle() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let builder = PrometheusBuilder::new().set_buckets(&SECONDS)?;
    let made = builder.install_recorder();
    match (made, HANDLE.get()) {
        (_, Some(handle)) => Ok(handle.clone()),
        (Ok(handle), None) => {
            take_together(handle.clone())?;
            tally::describe();
            Ok(HANDLE.get_or_init(|| handle).clone())
        }
        (Err(error), None) => Err(anyhow::anyhow!("measurements can't be recorded: {error}")),
    }
}

/// Takes together what histograms were told, now and then: where nobody asks for measurements each would stay a value in memory.
fn take_together(handle: PrometheusHandle) -> std::io::Result<()> {
    const EVERY: Duration = Duration::from_secs(5);
    let upkeep = move || {
        loop {
            std::thread::sleep(EVERY);
            handle.run_upkeep();
        }
    };
    std::thread::Builder::new().name("measurements".to_owned()).spawn(upkeep).map(drop)
}

async fn wait_for_signal() {
    let interrupt = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! { () = interrupt => {}, () = terminate => {} }
}
