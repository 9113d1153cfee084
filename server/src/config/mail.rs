use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{DataConfig, Secret};

/// Letters to people with an account: to confirm their address, and to set a new password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// The server that takes letters (SMTP); empty: they are written to files.
    pub smtp_host: String,
    /// Its port: 587 for `starttls`, 465 for `tls`, as a rule.
    pub smtp_port: u16,
    pub smtp_security: MailSecurity,
    /// Certificates (PEM) of an authority that is believed for this server beside those of the machine; empty: none.
    pub smtp_ca_file: PathBuf,
    /// The name to sign in with; empty: nobody signs in.
    pub smtp_user: String,
    pub smtp_password: Secret,
    /// A file that holds the password, in place of `smtp_password`; empty: none.
    pub smtp_password_file: PathBuf,
    /// Whom letters are from, such as `Matinee <films@example.org>`.
    pub from: String,
    /// Folder of letters where no server takes them; empty: `mail` in the data folder.
    pub dir: PathBuf,
    /// How long the server may take for a letter.
    pub timeout_ms: u64,
    /// Letters that may wait to be sent; more are given up.
    pub queue_len: usize,
    /// How often a letter is tried before it is given up.
    pub tries: u32,
    /// The pause before the second try; each further one is twice as long.
    pub retry_ms: u64,
}

/// How the way to the mail server is guarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// TLS is asked for before anything is said; without it nothing is sent.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// None: for a server on this machine alone.
    None,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            smtp_host: String::new(),
            smtp_port: 587,
            smtp_security: MailSecurity::default(),
            smtp_ca_file: PathBuf::new(),
            smtp_user: String::new(),
            smtp_password: Secret::default(),
            smtp_password_file: PathBuf::new(),
            from: "Matinee <matinee@localhost>".to_owned(),
            dir: PathBuf::new(),
            timeout_ms: 10_000,
            queue_len: 200,
            tries: 5,
            retry_ms: 5_000,
        }
    }
}

impl MailConfig {
    /// The folder of letters where no server takes them.
    pub fn folder(&self, data: &DataConfig) -> PathBuf {
        if self.dir.as_os_str().is_empty() { data.dir.join("mail") } else { self.dir.clone() }
    }

    pub const fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// The password, from wherever the settings say it is.
    ///
    /// # Errors
    /// When the file can't be read; says which.
    pub fn read_password(&self) -> Result<Secret, String> {
        let path = &self.smtp_password_file;
        if path.as_os_str().is_empty() {
            return Ok(self.smtp_password.clone());
        }
        let read = std::fs::read_to_string(path);
        let password =
            read.map_err(|error| format!("`mail.smtp_password_file` {} can't be read: {error}", path.display()))?;
        Ok(Secret::from(password.trim_end_matches(['\r', '\n'])))
    }

    /// What is wrong with it: the setting, its value, and what would be right.
    pub fn problems(&self) -> Vec<(&'static str, String, &'static str)> {
        let mut problems = Vec::new();
        let is_here = matches!(self.smtp_host.as_str(), "localhost" | "127.0.0.1" | "::1");
        if self.smtp_security == MailSecurity::None && !is_here && !self.smtp_host.is_empty() {
            problems.push((
                "mail.smtp_security",
                "none".to_owned(),
                "starttls or tls, but for a server on this machine",
            ));
        }
        if self.from.parse::<lettre::message::Mailbox>().is_err() {
            problems.push(("mail.from", self.from.clone(), "an address like Matinee <films@example.org>"));
        }
        if !self.smtp_password.is_empty() && !self.smtp_password_file.as_os_str().is_empty() {
            problems.push(("mail.smtp_password", "given twice".to_owned(), "given once: as itself or in a file"));
        }
        for (key, value, is_right, right) in [
            ("mail.timeout_ms", self.timeout_ms, (100..=120_000).contains(&self.timeout_ms), "between 100 and 120000"),
            ("mail.queue_len", self.queue_len as u64, (1..=100_000).contains(&self.queue_len), "between 1 and 100000"),
            ("mail.tries", self.tries.into(), (1..=20).contains(&self.tries), "between 1 and 20"),
            ("mail.retry_ms", self.retry_ms, (1..=600_000).contains(&self.retry_ms), "between 1 and 600000"),
        ] {
            if !is_right {
                problems.push((key, value.to_string(), right));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_right_and_a_password_never_goes_in_the_clear() {
        assert_eq!(MailConfig::default().problems(), []);
        for (host, security, fine) in [
            ("mail.example.org", MailSecurity::Starttls, true),
            ("mail.example.org", MailSecurity::None, false),
            ("127.0.0.1", MailSecurity::None, true),
        ] {
            let config = MailConfig { smtp_host: host.into(), smtp_security: security, ..MailConfig::default() };
            assert_eq!(config.problems().is_empty(), fine, "{host}, {security:?}");
        }
        let from = MailConfig { from: "nobody".into(), ..MailConfig::default() };
        assert_eq!(from.problems()[0].0, "mail.from");
    }
}
