//! Addresses of PostgreSQL and `CockroachDB`: several hosts in one, and none of them with its password in a message.

use std::borrow::Cow;

use crate::StoreError;

/// Schemes of one protocol.
const SCHEMES: [&str; 2] = ["postgres", "postgresql"];

/// What a password is shown as.
const HIDDEN: &str = "***";

/// One server of an address.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Host {
    /// `name:port`, for messages.
    pub name: String,
    /// The address with this host alone. Holds the password.
    pub url: String,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// `postgres://user:password@host:port,host:port/database?parameters`, as libpq reads it.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub hosts: Vec<Host>,
    /// Whether the host must take writes (`target_session_attrs=read-write`, which is what holds without it).
    pub needs_primary: bool,
}

impl Address {
    /// # Errors
    /// [`StoreError::Address`] says what is wrong, without the password.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let wrong =
            |reason: &str| StoreError::Address { address: redact(text).into_owned(), reason: reason.to_owned() };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("it has no scheme"))?;
        if !SCHEMES.contains(&scheme) {
            return Err(wrong("the scheme must be postgres"));
        }
        let authority_ends = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(authority_ends);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        if path.trim_start_matches('/').is_empty() && !query.contains("dbname=") {
            return Err(wrong("it names no database: postgres://user@host/DATABASE"));
        }
        let mut needs_primary = true;
        let mut parameters = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("target_session_attrs", "read-write" | "primary")) => needs_primary = true,
                Some(("target_session_attrs", "any")) => needs_primary = false,
                Some(("target_session_attrs", _)) => {
                    return Err(wrong("target_session_attrs must be read-write, primary or any"));
                }
                _ => parameters.push(parameter),
            }
        }
        let query = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
        let login = if login.is_empty() { String::new() } else { format!("{login}@") };
        let hosts = hosts
            .split(',')
            .map(|host| Host { name: name(host, &parameters), url: format!("postgres://{login}{host}{path}{query}") })
            .collect();
        Ok(Self { hosts, needs_primary })
    }
}

/// A host may also stand among the parameters, as the folder of a Unix socket has to.
fn name(host: &str, parameters: &[&str]) -> String {
    match parameters.iter().find_map(|parameter| parameter.strip_prefix("host=")) {
        Some(named) if host.is_empty() || host.starts_with(':') => format!("{named}{host}"),
        _ if host.is_empty() => "localhost".to_owned(),
        _ => host.replace("%2F", "/"),
    }
}

/// Whether a text is an address of this kind rather than a file's path.
pub(crate) fn is_address(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| SCHEMES.contains(&scheme))
}

/// The address without its password, for messages, logs and listings of settings.
pub fn redact(address: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = address.split_once("://") else { return Cow::Borrowed(address) };
    let authority_ends = rest.find(['/', '?']).unwrap_or(rest.len());
    // A password may hold a slash that should have been escaped: better to hide too much.
    let login_ends = rest.rfind('@').map_or(0, |at| at.max(rest[..authority_ends].rfind('@').unwrap_or(0)));
    let (login, place) = rest.split_at(login_ends);
    let login = match login.split_once(':') {
        Some((user, _)) => format!("{user}:{HIDDEN}"),
        None => login.to_owned(),
    };
    let place = match place.split_once('?') {
        Some((place, query)) => {
            let hide = |parameter: &str| match parameter.split_once('=') {
                Some((key @ ("password" | "sslpassword"), _)) => format!("{key}={HIDDEN}"),
                _ => parameter.to_owned(),
            };
            format!("{place}?{}", query.split('&').map(hide).collect::<Vec<_>>().join("&"))
        }
        None => place.to_owned(),
    };
    Cow::Owned(format!("{scheme}://{login}{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_name_several_hosts() {
        let address = Address::parse(
            "postgresql://ada:s%2Fcret@a:5432,b:5433/films?target_session_attrs=read-write&sslmode=require",
        );
        let address = address.unwrap();
        assert!(address.needs_primary);
        let names: Vec<_> = address.hosts.iter().map(|host| host.name.as_str()).collect();
        assert_eq!(names, ["a:5432", "b:5433"]);
        let urls: Vec<_> = address.hosts.iter().map(|host| host.url.as_str()).collect();
        assert_eq!(
            urls,
            [
                "postgres://ada:s%2Fcret@a:5432/films?sslmode=require",
                "postgres://ada:s%2Fcret@b:5433/films?sslmode=require"
            ]
        );
        assert!(!Address::parse("postgres://a/films?target_session_attrs=any").unwrap().needs_primary);
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (text, part) in [
            ("postgres://ada:secret@a:5432", "no database"),
            ("postgres://ada:secret@a/films?target_session_attrs=standby", "read-write"),
            ("mysql://ada:secret@a/films", "scheme"),
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        for (address, shown) in [
            ("postgres://ada:secret@a/films", "postgres://ada:***@a/films"),
            ("postgres://ada:sec/ret@a/films", "postgres://ada:***@a/films"),
            ("postgres://ada:se@cret@a,b/films", "postgres://ada:***@a,b/films"),
            (
                "postgres://ada@a/films?password=secret&sslmode=require",
                "postgres://ada@a/films?password=***&sslmode=require",
            ),
            ("postgres://a/films", "postgres://a/films"),
            ("/srv/films.db", "/srv/films.db"),
        ] {
            assert_eq!(redact(address), shown);
        }
    }
}
