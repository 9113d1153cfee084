//! Where settings come from, and what is wrong with them.

use std::{net::SocketAddr, path::Path};

use figment::{
    Figment, Metadata,
    error::Kind,
    providers::{Env, Format, Serialized, Toml},
};
use thiserror::Error;

use super::{Config, UpstreamsConfig};

/// What every variable of ours begins with: `DIRECTOR_LISTEN__HTTP` is `listen.http`.
const PREFIX: &str = "DIRECTOR_";

/// Settings that can't be used: all that is wrong with them.
#[derive(Debug, Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(Vec<String>);

/// Reads settings: defaults, then `file`, then the environment.
///
/// # Errors
/// [`ConfigError`] with every wrong key or value, where it came from, and what would be right.
pub fn load(file: Option<&Path>) -> Result<Config, ConfigError> {
    let mut figment = Figment::from(Serialized::defaults(Config::default()));
    if let Some(path) = file {
        let text = std::fs::read_to_string(path).map_err(|error| {
            ConfigError(vec![format!("the configuration file {} can't be read: {error}", path.display())])
        })?;
        if let Err(error) = text.parse::<toml::Table>() {
            return Err(ConfigError(vec![format!("the configuration file {} is not TOML: {error}", path.display())]));
        }
        figment = figment.merge(Toml::file_exact(path));
    }
    figment = figment.merge(Env::prefixed(PREFIX).ignore(&["config"]).split("__"));
    let config: Config =
        figment.extract().map_err(|error| ConfigError(error.into_iter().map(|error| describe(&error)).collect()))?;
    check(&config)?;
    Ok(config)
}

fn describe(error: &figment::Error) -> String {
    let mut path = error.path.join(".");
    let source = error.metadata.as_ref().map_or_else(|| "the configuration".to_owned(), describe_source);
    match &error.kind {
        Kind::UnknownField(field, expected) => {
            if !path.ends_with(field.as_str()) {
                path = if path.is_empty() { field.clone() } else { format!("{path}.{field}") };
            }
            format!("{source}: there is no setting `{path}`; there are: {}", expected.join(", "))
        }
        kind => format!("{source}: `{path}`: {kind}"),
    }
}

fn describe_source(metadata: &Metadata) -> String {
    match metadata.source.as_ref().and_then(|source| source.file_path()) {
        Some(path) => path.display().to_string(),
        None if metadata.name.contains(PREFIX) => format!("an environment variable that begins with {PREFIX}"),
        None => "default".to_owned(),
    }
}

/// What types alone can't say.
///
/// # Errors
/// [`ConfigError`] with every value that can't be.
pub fn check(config: &Config) -> Result<(), ConfigError> {
    let mut problems = Vec::new();
    let mut need = |fine: bool, key: &str, value: &dyn std::fmt::Debug, right: &str| {
        if !fine {
            problems.push(format!("`{key}` is {value:?}, but must be {right}"));
        }
    };
    let (listen, tls, upstreams, limits) = (&config.listen, &config.tls, &config.upstreams, &config.limits);
    for (key, addresses) in [("listen.http", &listen.http), ("listen.https", &listen.https)] {
        for address in addresses {
            need(is_address(address), key, address, "addresses to listen on, like 0.0.0.0:8000 or [::]:8000");
        }
    }
    need(
        !(listen.http.is_empty() && listen.https.is_empty()),
        "listen.http",
        &listen.http,
        "an address, unless listen.https has one",
    );
    need(
        listen.admin.is_empty() || is_address(&listen.admin),
        "listen.admin",
        &listen.admin,
        "empty or an address like 127.0.0.1:9100",
    );
    need(
        !listen.redirect_to_https || !listen.https.is_empty(),
        "listen.redirect_to_https",
        &listen.redirect_to_https,
        "false as long as listen.https is empty",
    );
    for (key, path) in [("tls.certificate", &tls.certificate), ("tls.key", &tls.key)] {
        need(listen.https.is_empty() || path.is_file(), key, path, "a PEM file that is there, for listen.https is set");
    }
    need(
        !upstreams.servers.is_empty() || !upstreams.file.as_os_str().is_empty() || !upstreams.dns.is_empty(),
        "upstreams.servers",
        &upstreams.servers,
        "a list of web instances like 10.0.0.5:8080, or set upstreams.file or upstreams.dns",
    );
    for server in &upstreams.servers {
        need(
            is_address(server),
            "upstreams.servers",
            server,
            "addresses like 10.0.0.5:8080; names go to upstreams.dns",
        );
    }
    need(
        upstreams.dns.is_empty() || upstreams.dns.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()),
        "upstreams.dns",
        &upstreams.dns,
        "empty or a name with a port, like web.matinee.svc:8080",
    );
    check_upstream_tls(upstreams, &mut need);
    need(upstreams.refresh_ms >= 100, "upstreams.refresh_ms", &upstreams.refresh_ms, "100 or more");
    need(config.health.path.starts_with('/'), "health.path", &config.health.path, "a path, like /readyz");
    need(config.health.interval_ms >= 50, "health.interval_ms", &config.health.interval_ms, "50 or more");
    need(config.health.timeout_ms >= 10, "health.timeout_ms", &config.health.timeout_ms, "10 or more");
    need(config.health.unhealthy_after >= 1, "health.unhealthy_after", &config.health.unhealthy_after, "1 or more");
    need(config.health.healthy_after >= 1, "health.healthy_after", &config.health.healthy_after, "1 or more");
    need(config.passive.errors_in_a_row >= 1, "passive.errors_in_a_row", &config.passive.errors_in_a_row, "1 or more");
    let factor = config.passive.latency_factor;
    need(factor == 0.0 || factor >= 1.5, "passive.latency_factor", &factor, "0 (never) or 1.5 or more");
    need(config.balance.load_factor >= 1.05, "balance.load_factor", &config.balance.load_factor, "1.05 or more");
    need(config.balance.load_floor >= 1, "balance.load_floor", &config.balance.load_floor, "1 or more");
    need((1..=10).contains(&config.retry.attempts), "retry.attempts", &config.retry.attempts, "between 1 and 10");
    need(config.retry.budget_percent <= 100, "retry.budget_percent", &config.retry.budget_percent, "between 0 and 100");
    let are_paths = config.retry.posts.iter().all(|path| path.starts_with('/'));
    need(are_paths, "retry.posts", &config.retry.posts, "paths, like /tune or /edit/*");
    need(limits.connections >= 1, "limits.connections", &limits.connections, "1 or more");
    need(
        (1024..=1_000_000).contains(&limits.header_bytes),
        "limits.header_bytes",
        &limits.header_bytes,
        "between 1024 and 1000000",
    );
    for (key, value) in [
        ("limits.request_timeout_ms", limits.request_timeout_ms),
        ("limits.body_timeout_ms", limits.body_timeout_ms),
        ("limits.write_timeout_ms", limits.write_timeout_ms),
        ("limits.connect_timeout_ms", limits.connect_timeout_ms),
        ("limits.upstream_timeout_ms", limits.upstream_timeout_ms),
        ("retry.after_ms", config.retry.after_ms),
        ("tls.reload_ms", tls.reload_ms),
    ] {
        need(value >= 10, key, &value, "10 or more");
    }
    if problems.is_empty() { Ok(()) } else { Err(ConfigError(problems)) }
}

/// Instances are asked by TLS, with all that it takes, or not at all.
fn check_upstream_tls(config: &UpstreamsConfig, need: &mut impl FnMut(bool, &str, &dyn std::fmt::Debug, &str)) {
    let is_set = |path: &Path| !path.as_os_str().is_empty();
    let name = &config.server_name;
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    need(
        is_name,
        "upstreams.server_name",
        name,
        "empty or the name in the instances' certificates, like web.matinee.internal",
    );
    if name.is_empty() {
        for (key, path) in [
            ("upstreams.ca", &config.ca),
            ("upstreams.certificate", &config.certificate),
            ("upstreams.key", &config.key),
        ] {
            need(
                !is_set(path),
                key,
                path,
                "empty as long as upstreams.server_name is: instances are asked by plain HTTP then",
            );
        }
        return;
    }
    need(config.ca.is_file(), "upstreams.ca", &config.ca, "a PEM file that is there, for upstreams.server_name is set");
    let are_both = is_set(&config.certificate) == is_set(&config.key);
    need(are_both, "upstreams.key", &config.key, "set together with upstreams.certificate");
}

fn is_address(text: &str) -> bool {
    text.parse::<SocketAddr>().is_ok()
}
