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

use super::{Upstream, Upstreams};
use crate::config::HealthConfig;

/// Asks for ever.
pub async fn check_all(upstreams: Arc<Upstreams>, config: HealthConfig) {
    let check = Arc::new(question(&config));
    let config = Arc::new(config);
    let mut ticks = tokio::time::interval(config.interval());
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let mut asked = JoinSet::new();
        for one in upstreams.fleet().upstreams() {
            let (one, check, config) = (Arc::clone(one), Arc::clone(&check), Arc::clone(&config));
            asked.spawn(async move { check_one(&one, &check, &config).await });
        }
        while asked.join_next().await.is_some() {}
    }
}

fn question(config: &HealthConfig) -> HttpHealthCheck {
    // A connection of its own each time: an old one would say nothing of whether a new one can be had.
    let mut check = HttpHealthCheck::new("director.health", false);
    if let Ok(mut request) = RequestHeader::build("GET", config.path.as_bytes(), None) {
        let fine = request.insert_header("Host", "director.health").is_ok()
            && request.insert_header("User-Agent", "matinee-director").is_ok();
        debug_assert!(fine, "constant headers are valid");
        check.req = request;
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
