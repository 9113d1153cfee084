//! Active checks: every instance is asked whether it is ready, again and again.

use std::{net::SocketAddr, sync::Arc};

use pingora::{
    ErrorType,
    http::RequestHeader,
    lb::{
        Backend,
        health_check::{HealthCheck, HttpHealthCheck},
    },
};
use tokio::{task::JoinSet, time::timeout};

use super::{Secured, Upstream, Upstreams};
use crate::config::HealthConfig;

/// Who is in doubt is asked so many times as often.
const CLOSER: u32 = 4;

/// Asks for ever: who is well at the configured interval, who is not, or failed the last time, several times as often. So one
/// that comes back gets requests soon. Nobody is asked again before having answered, and a slow one keeps nobody else waiting.
pub async fn check_all(upstreams: Arc<Upstreams>, config: HealthConfig, secured: Option<Arc<Secured>>) {
    let version = || secured.as_ref().map_or(0, |secured| secured.version());
    let mut made_of = version();
    let mut check = Arc::new(question(&config, secured.as_deref()));
    let config = Arc::new(config);
    let mut ticks = tokio::time::interval(config.interval() / CLOSER);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut asked: JoinSet<()> = JoinSet::new();
    for turn in (0..CLOSER).cycle() {
        ticks.tick().await;
        if made_of != version() {
            made_of = version();
            check = Arc::new(question(&config, secured.as_deref()));
        }
        for one in upstreams.fleet().upstreams() {
            if turn != 0 && !one.is_in_doubt() {
                continue;
            }
            if let Some(asking) = Asking::begin(one) {
                let (check, config) = (Arc::clone(&check), Arc::clone(&config));
                asked.spawn(async move { check_one(&asking.0, &check, &config).await });
            }
        }
        while asked.try_join_next().is_some() {}
    }
}

/// An instance that is being asked; dropped, it may be asked again.
struct Asking(Arc<Upstream>);

impl Asking {
    fn begin(one: &Arc<Upstream>) -> Option<Self> {
        one.begin_check().then(|| Self(Arc::clone(one)))
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.end_check();
    }
}

fn question(config: &HealthConfig, secured: Option<&Secured>) -> HttpHealthCheck {
    // A connection of its own each time: an old one would say nothing of whether a new one can be had.
    let mut check = HttpHealthCheck::new("director.health", false);
    if let Ok(mut request) = RequestHeader::build("GET", config.path.as_bytes(), None) {
        let fine = request.insert_header("Host", "director.health").is_ok()
            && request.insert_header("User-Agent", "matinee-director").is_ok();
        debug_assert!(fine, "constant headers are valid");
        check.req = request;
    }
    if let Some(secured) = secured {
        secured.apply(&mut check.peer_template);
    }
    check.peer_template.options.connection_timeout = Some(config.timeout());
    check.peer_template.options.read_timeout = Some(config.timeout());
    check.peer_template.options.write_timeout = Some(config.timeout());
    check
}

async fn check_one(one: &Upstream, check: &HttpHealthCheck, config: &HealthConfig) {
    let (reason, answers) = match timeout(config.timeout(), ask(one.address, check)).await {
        Ok(Ok(())) => (None, true),
        Ok(Err(error)) => {
            use ErrorType::{ConnectError, ConnectNoRoute, ConnectRefused, ConnectTimedout};
            let is_gone = matches!(error.etype(), ConnectRefused | ConnectTimedout | ConnectNoRoute | ConnectError);
            (Some(error.to_string()), !is_gone)
        }
        // It may be waiting for a database that is gone, and still have other things to tell.
        Err(_) => (Some(format!("no answer within {} ms", config.timeout_ms)), true),
    };
    one.set_answers(answers);
    if reason.is_some() {
        one.measures.failed_checks.increment(1);
    }
    if one.observe_check(reason.is_none(), config) {
        match reason {
            None => tracing::info!(upstream = %one.address, "an instance is ready"),
            Some(reason) => tracing::warn!(upstream = %one.address, reason, "an instance gets no more requests"),
        }
    }
}

async fn ask(address: SocketAddr, check: &HttpHealthCheck) -> pingora::Result<()> {
    let backend = Backend::new(&address.to_string())?;
    check.check(&backend).await
}
