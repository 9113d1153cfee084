//! PostgreSQL's own programs: where they are, and running them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use tokio::process::Command;

use crate::backup::{BackupError, files};

/// Where Debian's packages put them, in a folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder of `pg_basebackup` and the others, which must be of the server's version.
#[derive(Clone, Debug)]
pub struct PostgresPrograms {
    bin: PathBuf,
    /// Who runs a server where this process is root: a server refuses that.
    server_user: Option<(u32, u32)>,
}

impl PostgresPrograms {
    /// The programs in `named`, or on the path, or the newest of Debian's.
    ///
    /// # Errors
    /// `NoPrograms` says where was looked.
    pub fn find(named: Option<&Path>) -> Result<Self, BackupError> {
        let has_them = |bin: &PathBuf| bin.join("pg_basebackup").is_file() && bin.join("pg_ctl").is_file();
        let bin = match named {
            Some(named) => Some(named.to_owned()).filter(has_them),
            None => on_path().into_iter().chain(debian()).find(has_them),
        };
        let bin = bin.ok_or_else(|| BackupError::NoPrograms { named: named.map(Path::to_owned) })?;
        Ok(Self { bin, server_user: server_user() })
    }

    /// Whether servers run as somebody else, who must be able to read what they are given.
    pub(super) fn server_user(&self) -> Option<(u32, u32)> {
        self.server_user
    }

    pub(in crate::backup) fn runs_as_another(&self) -> bool {
        self.server_user.is_some()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// A program that connects to a server at `url`. Passwords are not among its arguments, which everybody can read, and neither is what
    /// the store's driver alone knows.
    pub(super) fn client(&self, name: &str, url: &str) -> Command {
        let mut command = self.command(name);
        let (url, password) = split_password(url);
        let (url, parameters) = split_parameters(&url);
        command.arg("--no-password").arg(format!("--dbname={url}"));
        if let Some(password) = parameters.password.or(password) {
            command.env("PGPASSWORD", password);
        }
        if let Some(password) = parameters.key_password {
            command.env("PGSSLPASSWORD", password);
        }
        command
    }

    /// A program that may start a server.
    pub(super) fn server(&self, name: &str) -> Command {
        let mut command = self.command(name);
        #[cfg(unix)]
        if let Some((user, group)) = self.server_user {
            command.uid(user).gid(group);
        }
        command
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.path(name));
        // Its messages are looked at, and the folder must be one that whoever runs it may enter.
        command.env("LC_ALL", "C").current_dir("/").kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a program to its end; returns what it printed.
    pub(super) async fn run(&self, mut command: Command, doing: &'static str) -> Result<String, BackupError> {
        let program = command.as_std().get_program().to_owned();
        let output = command.output().await.map_err(files::failed("run", Path::new(&program)))?;
        ended(&program.to_string_lossy(), doing, &output)
    }
}

/// What a program that has ended printed.
pub(super) fn ended(program: &str, doing: &'static str, output: &Output) -> Result<String, BackupError> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let program = program.rsplit('/').next().unwrap_or(program).to_owned();
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    // The last one often says only that it gave up.
    let last = lines[lines.len().saturating_sub(LINES_TOLD)..].join("; ");
    let said = if last.is_empty() { "it said nothing".to_owned() } else { last };
    Err(BackupError::Program { program, doing, said })
}

fn on_path() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// Newest first.
fn debian() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, bin)| bin).collect()
}

/// The user `postgres`, where this is root.
fn server_user() -> Option<(u32, u32)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if fs::metadata("/proc/self").ok()?.uid() != 0 {
            return None;
        }
        let users = fs::read_to_string("/etc/passwd").ok()?;
        let mut numbers = users.lines().find(|line| line.starts_with("postgres:"))?.split(':').skip(2);
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }
    #[cfg(not(unix))]
    None
}

/// An address without its password, and the password.
fn split_password(url: &str) -> (String, Option<String>) {
    let whole = || (url.to_owned(), None);
    let Some((scheme, rest)) = url.split_once("://") else { return whole() };
    let authority_ends = rest.find(['/', '?']).unwrap_or(rest.len());
    let Some(at) = rest[..authority_ends].rfind('@') else { return whole() };
    let Some((user, password)) = rest[..at].split_once(':') else { return whole() };
    (format!("{scheme}://{user}{}", &rest[at..]), Some(decoded(password)))
}

/// Lines that a program said last, as an error repeats them.
const LINES_TOLD: usize = 3;

/// Names that the driver knows besides libpq's.
const OTHER_NAMES: [(&str, &str); 5] = [
    ("ssl-mode", "sslmode"),
    ("ssl-root-cert", "sslrootcert"),
    ("ssl-ca", "sslrootcert"),
    ("ssl-cert", "sslcert"),
    ("ssl-key", "sslkey"),
];

/// What an address says behind its question mark and a program must not be told there.
#[derive(Debug, Default, PartialEq)]
struct Parameters {
    password: Option<String>,
    key_password: Option<String>,
}

/// An address without passwords and without `options[…]`, which is the driver's way of setting what a connection begins with: libpq refuses it, and a
/// backup is the same whatever it says.
fn split_parameters(url: &str) -> (String, Parameters) {
    let mut found = Parameters::default();
    let Some((place, query)) = url.split_once('?') else { return (url.to_owned(), found) };
    let mut kept: Vec<String> = Vec::new();
    for parameter in query.split('&') {
        let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match &*decoded(key) {
            "password" => found.password = Some(decoded(value)),
            "sslpassword" => found.key_password = Some(decoded(value)),
            "statement-cache-capacity" => {}
            key if key.starts_with("options[") => {}
            key => match OTHER_NAMES.iter().find(|(name, _)| *name == key) {
                Some((_, name)) => kept.push(format!("{name}={value}")),
                None => kept.push(parameter.to_owned()),
            },
        }
    }
    let url = if kept.is_empty() { place.to_owned() } else { format!("{place}?{}", kept.join("&")) };
    (url, found)
}

/// Percent-encoding taken away.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_of_an_address() {
        for (url, without, password) in [
            ("postgres://ada:s%2Fec%40ret@a,b/films?x=1", "postgres://ada@a,b/films?x=1", Some("s/ec@ret")),
            ("postgres://ada@host/films", "postgres://ada@host/films", None),
            ("postgres://host/films?user=a:b@c", "postgres://host/films?user=a:b@c", None),
        ] {
            assert_eq!(split_password(url), (without.to_owned(), password.map(str::to_owned)));
        }
    }

    #[test]
    fn passwords_and_what_only_the_driver_knows_are_taken_out_of_parameters() {
        let plain = "postgres://ada@a/films";
        assert_eq!(split_parameters(plain), (plain.to_owned(), Parameters::default()));
        let (url, found) = split_parameters(
            "postgres://ada@a/films?options[plan_cache_mode]=auto&sslmode=require&ssl-ca=%2Fca.pem&password=s%26t\
             &options%5Bx%5D=1&sslpassword=k&statement-cache-capacity=9",
        );
        assert_eq!(url, "postgres://ada@a/films?sslmode=require&sslrootcert=%2Fca.pem");
        assert_eq!((found.password.as_deref(), found.key_password.as_deref()), (Some("s&t"), Some("k")));
        assert_eq!(split_parameters("postgres://a/b?password=x").0, "postgres://a/b");
    }
}
