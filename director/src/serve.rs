//! Puts the parts together and serves until told to stop.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use async_trait::async_trait;
use metrics_exporter_prometheus::PrometheusHandle;
use pingora::{
    apps::HttpServerOptions,
    listeners::ListenerConfig,
    protocols::l4::stream::L4BufferSettings,
    proxy::http_proxy,
    server::{
        RunArgs, Server, ShutdownWatch,
        configuration::{Opt, ServerConf},
    },
    services::{
        background::{BackgroundService, background_service},
        listening::Service,
    },
};

use crate::{
    access_log::AccessLog,
    admin::Admin,
    config::Config,
    connections::{Count, Door},
    measures,
    proxy::Director,
    stopping::{self, Phase, Signals},
    tls::{Certificate, Current},
    upstreams::{Fleet, Listed, Secured, Upstreams, health, outliers, source},
};

/// So much of an answer is collected before it is sent: headers and a small body go out in one piece.
const WRITE_BUFFER_BYTES: usize = 8 * 1024;

/// Serves until told to stop.
///
/// # Errors
/// When something of the settings can't be had: the list of instances, the certificate, the access log.
pub fn run(config: &Config, file: Option<PathBuf>, upgrade: bool) -> anyhow::Result<()> {
    let metrics = measures::start()?;
    let listed = first_list(config)?;
    let upstreams = Upstreams::new(Fleet::new(&listed, None, &config.balance));
    let certificate = if config.listen.https.is_empty() {
        None
    } else {
        Some(Current::new(
            Certificate::read(&config.tls.certificate, &config.tls.key).context("the certificate can't be used")?,
        ))
    };
    let secured = Secured::read(&config.upstreams).context("instances can't be asked by TLS")?;
    let log = AccessLog::start(&config.log.access)?;
    let (connections, phase) = (Count::default(), Phase::default());

    let conf = server_conf(config);
    let options = Opt { upgrade, ..Opt::default() };
    let mut server = Server::new_with_opt_and_conf(Some(options), conf);
    server.bootstrap();

    let director = Director::new(config, Arc::clone(&upstreams), secured.clone(), log, phase.clone());
    let mut proxy = http_proxy(&server.configuration, director);
    // HTTP/2 comes with TLS only: looking for it on plain connections would wait for bytes that a short request hasn't.
    let mut http = HttpServerOptions::default();
    http.h2_idle_timeout = Some(config.limits.request_timeout());
    proxy.server_options = Some(http);
    let door = Door::new(proxy, &config.limits, connections.clone(), phase.clone());
    let mut door = Service::new("director".to_owned(), door);
    let buffer = L4BufferSettings::default().write(WRITE_BUFFER_BYTES);
    for address in &config.listen.http {
        door.add_listener(ListenerConfig::tcp(address).l4_buffer(buffer));
    }
    if let Some(certificate) = &certificate {
        for address in &config.listen.https {
            let settings = certificate.settings().context("TLS can't be set up")?;
            door.add_listener(ListenerConfig::tcp(address).l4_buffer(buffer).tls(settings));
        }
    }
    server.add_service(door);
    if !config.listen.admin.is_empty() {
        let admin = Admin {
            upstreams: Arc::clone(&upstreams),
            metrics: metrics.clone(),
            connections: connections.clone(),
            phase: phase.clone(),
        };
        let mut service = Service::new("admin".to_owned(), admin);
        service.threads = Some(1);
        service.add_tcp(&config.listen.admin);
        server.add_service(service);
    }
    server.add_service(background_service(
        "watch",
        Watch { config: config.clone(), upstreams, listed, certificate, secured, metrics },
    ));
    stopping::leave_when_done(server.watch_execution_phase(), connections);
    server.run(RunArgs { shutdown_signal: Box::new(Signals { phase, config: file }) });
    Ok(())
}

fn first_list(config: &Config) -> anyhow::Result<Vec<Listed>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(source::list(&config.upstreams))?)
}

fn server_conf(config: &Config) -> ServerConf {
    ServerConf {
        threads: config.listen.worker_threads(),
        upgrade_sock: config.listen.upgrade_path().to_string_lossy().into_owned(),
        upstream_keepalive_pool_size: config.limits.upstream_idle,
        grace_period_seconds: Some(config.shutdown.grace_ms.div_ceil(1000)),
        graceful_shutdown_timeout_seconds: Some(1),
        // A connection stays on its thread: handing requests over costs more than it evens out.
        work_stealing: false,
        // The director counts tries itself.
        max_retries: 16,
        ..ServerConf::default()
    }
}

/// Everything that goes on beside requests.
struct Watch {
    config: Config,
    upstreams: Arc<Upstreams>,
    listed: Vec<Listed>,
    certificate: Option<Current>,
    secured: Option<Arc<Secured>>,
    metrics: PrometheusHandle,
}

#[async_trait]
impl BackgroundService for Watch {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        let config = self.config.clone();
        let list = source::follow(
            Arc::clone(&self.upstreams),
            config.upstreams.clone(),
            config.balance.clone(),
            self.listed.clone(),
        );
        let checks = health::check_all(Arc::clone(&self.upstreams), config.health.clone(), self.secured.clone());
        let latencies = outliers::watch(Arc::clone(&self.upstreams), config.passive.clone());
        let certificate = async {
            match &self.certificate {
                Some(current) => current.clone().follow(config.tls.clone()).await,
                None => std::future::pending().await,
            }
        };
        let upstream_certificates = async {
            match &self.secured {
                Some(secured) => secured.follow(config.tls.reload()).await,
                None => std::future::pending().await,
            }
        };
        let upkeep = async {
            let mut ticks = tokio::time::interval(std::time::Duration::from_secs(5));
            loop {
                ticks.tick().await;
                self.metrics.run_upkeep();
            }
        };
        let tell = async {
            stopping::tell_systemd();
            tracing::info!(http = ?config.listen.http, https = ?config.listen.https, admin = config.listen.admin, "serving");
            std::future::pending::<()>().await;
        };
        let over = async {
            // Checks go on while open requests are finished: retries need to know who is well.
            while shutdown.changed().await.is_ok() {}
            std::future::pending::<()>().await;
        };
        tokio::join!(list, checks, latencies, certificate, upstream_certificates, upkeep, tell, over);
    }
}
