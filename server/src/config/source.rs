//! Where settings come from, and what is wrong with them.

use std::path::{Path, PathBuf};

use figment::{
    Figment, Metadata, Profile, Provider,
    error::Kind,
    providers::{Format, Serialized, Toml},
    value::{Dict, Map, Value},
};
use thiserror::Error;

use super::Config;

/// Settings that can't be used: all of them at once.
#[derive(Debug, Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(Vec<String>);

/// Variables with names of their own, and the setting that each one is.
const SHORT_NAMES: [(&str, &str); 13] = [
    ("PORT", "server.port"),
    ("MATINEE_DATA_DIR", "data.dir"),
    ("MATINEE_DATABASE_URL", "data.url"),
    ("MATINEE_SITE_DIR", "server.site_dir"),
    ("MATINEE_PUBLIC_ORIGIN", "server.public_origin"),
    ("MATINEE_AI_URLS", "ai.workers"),
    ("MATINEE_ORT_LIB", "ai.ort_library"),
    ("MATINEE_MODELS_STORE", "ai.models_store"),
    ("MATINEE_MODELS_STORE_STYLE", "ai.models_store_style"),
    ("AWS_ENDPOINT_URL", "ai.models_store_endpoint"),
    ("AWS_REGION", "ai.models_store_region"),
    ("MATINEE_LOG", "log.filter"),
    ("MATINEE_LOG_FORMAT", "log.format"),
];

/// Variables that other parts of the project read.
const NOT_SETTINGS: [&str; 3] = ["MATINEE_CONFIG", "MATINEE_CACHE_DIR", "MATINEE_CHROMIUM"];

/// Reads settings: defaults, then `file`, then `environment` (pairs of name and value; those that aren't Matinee's are
/// passed over). Every setting has a variable: `MATINEE_SERVER__PORT` is `server.port`.
///
/// # Errors
/// [`ConfigError`] with every wrong key or value: its name, the value, where it came from, and what would be right.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<(Config, Figment), ConfigError> {
    let mut figment = Figment::from(Serialized::defaults(Config::default()));
    if let Some(path) = file {
        figment = figment.merge(toml(path)?);
    }
    let mut unknown = Vec::new();
    for (name, value) in environment {
        match setting_of(&name) {
            Setting::Known(key) => figment = figment.merge(Variable { name, key, value }),
            Setting::Unknown => unknown.push(format!(
                "environment variable {name} is no setting of Matinee; `matinee config` lists those there are"
            )),
            Setting::NotOurs => {}
        }
    }
    let extracted = figment.extract::<Config>();
    let mut problems = unknown;
    if let Err(error) = &extracted {
        problems.extend(error.clone().into_iter().map(describe));
    }
    match extracted {
        Ok(config) if problems.is_empty() => check(config, &figment),
        _ => Err(ConfigError(problems)),
    }
}

/// Where a setting came from, in words.
pub fn source_of(figment: &Figment, key: &str) -> String {
    figment.find_metadata(key).map_or_else(|| "default".to_owned(), describe_source)
}

fn toml(path: &Path) -> Result<figment::providers::Data<Toml>, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        ConfigError(vec![format!("the configuration file {} can't be read: {error}", path.display())])
    })?;
    if let Err(error) = text.parse::<toml::Table>() {
        return Err(ConfigError(vec![format!("the configuration file {} is not TOML: {error}", path.display())]));
    }
    Ok(Toml::file_exact(path))
}

enum Setting {
    Known(String),
    Unknown,
    NotOurs,
}

fn setting_of(name: &str) -> Setting {
    if let Some((_, key)) = SHORT_NAMES.iter().find(|(short, _)| *short == name) {
        return Setting::Known((*key).to_owned());
    }
    match name.strip_prefix("MATINEE_") {
        None => Setting::NotOurs,
        Some(rest) if NOT_SETTINGS.contains(&name) || rest.starts_with("TEST_") => Setting::NotOurs,
        Some(rest) if rest.contains("__") => Setting::Known(rest.to_lowercase().replacen("__", ".", 1)),
        Some(_) => Setting::Unknown,
    }
}

/// One environment variable, so that an error names just that one.
struct Variable {
    name: String,
    key: String,
    value: String,
}

impl Provider for Variable {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("environment variable {}", self.name))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let value = if matches!(self.key.as_str(), "ai.workers" | "data.replica_urls" | "server.trusted_proxies") {
            Value::from(self.value.split(',').map(str::trim).filter(|url| !url.is_empty()).collect::<Vec<_>>())
        } else if matches!(
            self.key.as_str(),
            "auth.password_list"
                | "auth.secrets_key_file"
                | "auth.secrets_keys"
                | "backup.dir"
                | "backup.postgres_bin"
                | "data.dir"
                | "data.url"
                | "server.site_dir"
                | "server.tls_certificate"
                | "server.tls_client_ca"
                | "server.tls_key"
                | "ai.models_store"
                | "ai.models_store_endpoint"
                | "ai.models_store_region"
                | "ai.models_store_style"
                | "ai.ort_library"
                | "ai.tls_ca"
                | "ai.tls_certificate"
                | "ai.tls_key"
                | "log.filter"
                | "mail.dir"
                | "mail.from"
                | "mail.smtp_host"
                | "mail.smtp_password"
                | "mail.smtp_password_file"
                | "mail.smtp_user"
        ) {
            Value::from(self.value.clone())
        } else {
            self.value.parse().unwrap_or_else(|never| match never {})
        };
        let nested = figment::util::nest(&self.key, value);
        let dict = nested.into_dict().unwrap_or_default();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn describe(error: figment::Error) -> String {
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
        None if metadata.name.starts_with("environment") => metadata.name.to_string(),
        None => "default".to_owned(),
    }
}

/// What types alone can't say.
fn check(config: Config, figment: &Figment) -> Result<(Config, Figment), ConfigError> {
    let mut problems = Vec::new();
    let mut need = |fine: bool, key: &str, value: &dyn std::fmt::Display, right: &str| {
        if !fine {
            problems.push(format!("{}: `{key}` is {value}, but must be {right}", source_of(figment, key)));
        }
    };
    let origin = &config.server.public_origin;
    need(
        is_origin_or_empty(origin),
        "server.public_origin",
        origin,
        "empty or like https://films.example.org, without a path",
    );
    for url in &config.ai.workers {
        need(
            is_origin_or_empty(url) && !url.is_empty(),
            "ai.workers",
            url,
            "a list of addresses like http://10.0.0.5:8090",
        );
    }
    need(config.ai.threads >= 1, "ai.threads", &config.ai.threads, "1 or more");
    need(config.ai.queue_len >= 1, "ai.queue_len", &config.ai.queue_len, "1 or more");
    need((1..=1024).contains(&config.ai.batch_max), "ai.batch_max", &config.ai.batch_max, "between 1 and 1024");
    need(config.ai.batch_events >= 1, "ai.batch_events", &config.ai.batch_events, "1 or more");
    need(
        config.ai.batch_window_us <= 1_000_000,
        "ai.batch_window_us",
        &config.ai.batch_window_us,
        "0 to 1000000 (a second)",
    );
    // Without a store it may be meant for other programs.
    let endpoint = config.ai.models_store_endpoint.trim_end_matches('/');
    let is_right = config.ai.models_store.is_empty() || is_origin_or_empty(endpoint);
    let right = "empty or like http://10.0.0.9:9000, without a path";
    need(is_right, "ai.models_store_endpoint", &shown(endpoint), right);
    for (key, value, right) in config.ai.problems() {
        need(false, key, &value, right);
    }
    check_tls(&config, &mut need);
    check_auth(&config.auth, &mut need);
    check_sign_in(&config.sign_in, &mut need);
    for (key, value, right) in config.mail.problems() {
        need(false, key, &value, right);
    }
    need(config.backup.keep_count >= 1, "backup.keep_count", &config.backup.keep_count, "1 or more");
    need(
        config.backup.interval_minutes <= 525_600,
        "backup.interval_minutes",
        &config.backup.interval_minutes,
        "0 (none) to 525600 (a year)",
    );
    need(
        config.data.url.is_right(),
        "data.url",
        &config.data.url,
        "empty or like postgres://matinee@db1.example.org/matinee",
    );
    for url in &config.data.replica_urls {
        need(
            url.is_right() && !url.is_empty() && !config.data.url.is_empty(),
            "data.replica_urls",
            url,
            "a list of addresses like postgres://matinee@db2.example.org/matinee, beside one in data.url",
        );
    }
    need(config.data.replica_max_lag_ms >= 1, "data.replica_max_lag_ms", &config.data.replica_max_lag_ms, "1 or more");
    need(config.search.heap_bytes >= 15_000_000, "search.heap_bytes", &config.search.heap_bytes, "15000000 or more");
    need(
        config.search.concurrent_searches >= 1,
        "search.concurrent_searches",
        &config.search.concurrent_searches,
        "1 or more",
    );
    need(
        config.server.body_limit_bytes >= 1024,
        "server.body_limit_bytes",
        &config.server.body_limit_bytes,
        "1024 or more",
    );
    need(config.server.max_connections >= 1, "server.max_connections", &config.server.max_connections, "1 or more");
    need(
        config.server.header_timeout_ms >= 100,
        "server.header_timeout_ms",
        &config.server.header_timeout_ms,
        "100 or more",
    );
    need(
        config.server.request_timeout_ms >= 100,
        "server.request_timeout_ms",
        &config.server.request_timeout_ms,
        "100 or more",
    );
    // Twice this and the time of an answer have to be less than the second that ending a session elsewhere may take.
    need(config.cache.session_ttl_ms <= 500, "cache.session_ttl_ms", &config.cache.session_ttl_ms, "0 to 500");
    need(config.limits.address_bytes >= 1024, "limits.address_bytes", &config.limits.address_bytes, "1024 or more");
    need(config.limits.headers_bytes >= 4096, "limits.headers_bytes", &config.limits.headers_bytes, "4096 or more");
    if problems.is_empty() { Ok((config, figment.clone())) } else { Err(ConfigError(problems)) }
}

/// Of certificates and keys that are used together, all or none is set.
fn check_tls(config: &Config, need: &mut impl FnMut(bool, &str, &dyn std::fmt::Display, &str)) {
    let (server, ai) = (&config.server, &config.ai);
    let is_set = |path: &Path| !path.as_os_str().is_empty();
    for (key, path, other, right) in [
        ("server.tls_key", &server.tls_key, &server.tls_certificate, "set together with server.tls_certificate"),
        ("ai.tls_key", &ai.tls_key, &ai.tls_certificate, "set together with ai.tls_certificate"),
    ] {
        need(is_set(path) == is_set(other), key, &path.display(), right);
    }
    for (key, path, other, right) in [
        (
            "server.tls_client_ca",
            &server.tls_client_ca,
            &server.tls_certificate,
            "set beside server.tls_certificate alone",
        ),
        ("ai.tls_certificate", &ai.tls_certificate, &ai.tls_ca, "set beside ai.tls_ca alone"),
    ] {
        need(!is_set(path) || is_set(other), key, &path.display(), right);
    }
}

fn check_auth(config: &super::AuthConfig, need: &mut impl FnMut(bool, &str, &dyn std::fmt::Display, &str)) {
    let wait = config.hash_wait_ms;
    need((1..=15_000).contains(&wait), "auth.hash_wait_ms", &wait, "between 1 and 15000");
    need(config.concurrent_hashes >= 1, "auth.concurrent_hashes", &config.concurrent_hashes, "1 or more");
    let (memory, lanes) = (config.argon2_memory_kib, config.argon2_lanes);
    need((1..=16).contains(&lanes), "auth.argon2_lanes", &lanes, "between 1 and 16");
    need(
        (8 * lanes.max(1)..=4_194_304).contains(&memory),
        "auth.argon2_memory_kib",
        &memory,
        "8 for each lane to 4194304",
    );
    need((1..=100).contains(&config.argon2_passes), "auth.argon2_passes", &config.argon2_passes, "between 1 and 100");
    need((1..=3650).contains(&config.session_days), "auth.session_days", &config.session_days, "between 1 and 3650");
    need(
        (1..=3650).contains(&config.session_max_days),
        "auth.session_max_days",
        &config.session_max_days,
        "between 1 and 3650",
    );
    need(
        config.secrets_keys.is_empty() || config.secrets_key_file.as_os_str().is_empty(),
        "auth.secrets_keys",
        &"given twice",
        "given once: as itself or in a file",
    );
}

fn check_sign_in(config: &super::SignInConfig, need: &mut impl FnMut(bool, &str, &dyn std::fmt::Display, &str)) {
    for (number, provider) in config.providers.iter().enumerate() {
        for (key, value, right) in provider.problems() {
            need(false, &format!("sign_in.providers.{number}.{key}"), &value, right);
        }
        let twice = config.providers[..number].iter().any(|other| other.id == provider.id);
        need(!twice, &format!("sign_in.providers.{number}.id"), &provider.id, "another than the ones before");
    }
    let timeout = config.provider_timeout_ms;
    need((100..=15_000).contains(&timeout), "sign_in.provider_timeout_ms", &timeout, "between 100 and 15000");
    let bytes = config.provider_answer_bytes;
    need((1_024..=4_194_304).contains(&bytes), "sign_in.provider_answer_bytes", &bytes, "between 1024 and 4194304");
    for (key, minutes) in [
        ("sign_in.provider_keys_minutes", config.provider_keys_minutes),
        ("sign_in.attempt_minutes", config.attempt_minutes),
        ("sign_in.recent_minutes", config.recent_minutes),
    ] {
        need((1..=1_440).contains(&minutes), key, &minutes, "between 1 and 1440");
    }
}

/// An address without the name and password that it may hold.
fn shown(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, host)| host)
}

fn is_origin_or_empty(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    text.parse::<http::Uri>().is_ok()
        && host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@']))
}

/// Where the configuration file is: named, or `matinee.toml` here if there is one.
///
/// # Errors
/// When a file is named that isn't there.
pub fn file(named: Option<&Path>) -> Result<Option<PathBuf>, ConfigError> {
    match named {
        Some(path) if path.is_file() => Ok(Some(path.to_owned())),
        Some(path) => Err(ConfigError(vec![format!("there is no configuration file {}", path.display())])),
        None => Ok(Some(PathBuf::from("matinee.toml")).filter(|path| path.is_file())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let environment = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        load(None, environment).map(|(config, _)| config).map_err(|error| error.to_string())
    }

    #[test]
    fn short_and_long_names_set_the_same() {
        assert_eq!(from(&[("PORT", "9000")]).unwrap().server.port, 9000);
        assert_eq!(from(&[("MATINEE_SERVER__PORT", "9000")]).unwrap().server.port, 9000);
        let urls = from(&[("MATINEE_AI_URLS", "http://a:1, http://b:2")]).unwrap().ai.workers;
        assert_eq!(urls, ["http://a:1", "http://b:2"]);
        assert_eq!(from(&[("MATINEE_DATA_DIR", "42")]).unwrap().data.dir, Path::new("42"));
    }

    #[test]
    fn a_wrong_value_names_key_value_and_source() {
        let error = from(&[("PORT", "eighty")]).unwrap_err();
        for part in ["PORT", "server.port", "eighty"] {
            assert!(error.contains(part), "{error}");
        }
        let error = from(&[("MATINEE_DATABASE_URL", "mysql://ada:secret@db/films")]).unwrap_err();
        for part in ["MATINEE_DATABASE_URL", "data.url", "mysql://ada", "postgres://"] {
            assert!(error.contains(part) && !error.contains("secret"), "{error}");
        }
        let endpoint = ("AWS_ENDPOINT_URL", "http://ada:secret@store.example");
        assert!(from(&[endpoint]).is_ok(), "it is no setting of ours without a store");
        let error = from(&[("MATINEE_MODELS_STORE", "s3://films/models"), endpoint]).unwrap_err();
        assert!(
            error.contains("AWS_ENDPOINT_URL") && error.contains("store.example") && !error.contains("secret"),
            "{error}"
        );
        for (name, key) in
            [("MATINEE_MODELS_STORE", "ai.models_store"), ("MATINEE_MODELS_STORE_STYLE", "ai.models_store_style")]
        {
            let error = from(&[(name, "films")]).unwrap_err();
            assert!([name, key, "films"].iter().all(|part| error.contains(part)), "{error}");
        }
        let error = from(&[("MATINEE_PUBLIC_ORIGIN", "films.example.org")]).unwrap_err();
        for part in ["MATINEE_PUBLIC_ORIGIN", "server.public_origin", "films.example.org", "https://"] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn an_unknown_key_is_an_error_wherever_it_stands() {
        assert!(from(&[("MATINEE_PROT", "1")]).unwrap_err().contains("MATINEE_PROT"));
        let error = from(&[("MATINEE_SERVER__PROT", "1")]).unwrap_err();
        assert!(error.contains("server.prot") && error.contains("port"), "{error}");
        assert!(from(&[("HOME", "/nowhere"), ("MATINEE_CACHE_DIR", "x")]).is_ok());
    }

    #[test]
    fn a_file_is_read_and_its_errors_name_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("matinee.toml");
        std::fs::write(&path, "[server]\nport = 1234\n").unwrap();
        assert_eq!(load(Some(&path), []).unwrap().0.server.port, 1234);
        for (text, part) in [("[server]\nport = 70000", "server.port"), ("[sever]\n", "sever"), ("port", "not TOML")] {
            std::fs::write(&path, text).unwrap();
            let error = load(Some(&path), []).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("matinee.toml"), "{error}");
        }
    }
}
