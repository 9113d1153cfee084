//! Providers by whose accounts people may sign in: OAuth 2.0 and OpenID Connect.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::Secret;

/// Signing in by accounts at other providers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignInConfig {
    /// The providers, in the order of their buttons.
    pub providers: Vec<ProviderConfig>,
    /// How long a provider may take for one answer.
    pub provider_timeout_ms: u64,
    /// The largest answer of a provider that is read.
    pub provider_answer_bytes: usize,
    /// How long what a provider says of itself (endpoints, keys) is kept; an unknown key is looked for at once.
    pub provider_keys_minutes: u32,
    /// How long somebody may take to sign in at a provider.
    pub attempt_minutes: u32,
    /// How long a sign-in counts as recent: for changing ways in, making tokens, deleting accounts and giving roles.
    pub recent_minutes: u32,
}

impl Default for SignInConfig {
    fn default() -> Self {
        Self {
            providers: Vec::new(),
            provider_timeout_ms: 5_000,
            provider_answer_bytes: 256 * 1024,
            provider_keys_minutes: 60,
            attempt_minutes: 10,
            recent_minutes: 10,
        }
    }
}

impl SignInConfig {
    pub const fn provider_timeout(&self) -> Duration {
        Duration::from_millis(self.provider_timeout_ms)
    }
}

/// What a provider is, and so what need not be said of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Any provider of OpenID Connect: give `issuer`.
    #[default]
    Oidc,
    Google,
    /// gitlab.com, or another by `issuer`.
    Gitlab,
    /// Give `issuer`, such as `https://id.example.org/realms/films`.
    Keycloak,
    /// `client_secret` is the signed token that Apple's documentation describes; it ends after six months at the latest.
    Apple,
    /// Plain OAuth 2.0.
    Github,
    /// Plain OAuth 2.0.
    Discord,
}

/// One provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderConfig {
    /// Its name in addresses, for good: `/sign-in/with/ID`.
    pub id: String,
    pub preset: Preset,
    /// Its name on buttons; empty: the preset's.
    pub title: String,
    /// Its issuer (OpenID Connect Discovery); empty: the preset's.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Secret,
    /// A file that holds the client secret, in place of `client_secret`.
    pub client_secret_file: Option<PathBuf>,
    /// An environment variable that holds the client secret, in place of `client_secret`.
    pub client_secret_env: Option<String>,
    /// What to ask for; empty: the preset's.
    pub scopes: Vec<String>,
    /// Whether it asks everybody for two factors, so that a sign-in there is enough where `auth.second_step` asks for them. An ID token
    /// that says so itself (`amr` with `mfa`) is believed without.
    pub second_step: bool,
    /// Plain OAuth 2.0 alone: where people go to; empty: the preset's.
    pub authorize_url: String,
    /// Plain OAuth 2.0 alone: where a code becomes a token; empty: the preset's.
    pub token_url: String,
    /// Plain OAuth 2.0 alone: who somebody is; empty: the preset's.
    pub user_url: String,
}

/// What a preset says of a provider.
struct Known {
    title: &'static str,
    issuer: &'static str,
    scopes: &'static [&'static str],
    authorize_url: &'static str,
    token_url: &'static str,
    user_url: &'static str,
}

const OIDC: Known = Known {
    title: "",
    issuer: "",
    scopes: &["openid", "profile", "email"],
    authorize_url: "",
    token_url: "",
    user_url: "",
};

impl Preset {
    const fn known(self) -> Known {
        match self {
            Self::Oidc => OIDC,
            Self::Keycloak => Known { title: "Keycloak", ..OIDC },
            Self::Google => Known { title: "Google", issuer: "https://accounts.google.com", ..OIDC },
            Self::Gitlab => Known { title: "GitLab", issuer: "https://gitlab.com", ..OIDC },
            // With names or addresses Apple would answer by a POST from its own site, which comes without our cookie.
            Self::Apple => Known { title: "Apple", issuer: "https://appleid.apple.com", scopes: &["openid"], ..OIDC },
            Self::Github => Known {
                title: "GitHub",
                issuer: "https://github.com",
                scopes: &[],
                authorize_url: "https://github.com/login/oauth/authorize",
                token_url: "https://github.com/login/oauth/access_token",
                user_url: "https://api.github.com/user",
            },
            Self::Discord => Known {
                title: "Discord",
                issuer: "https://discord.com",
                scopes: &["identify"],
                authorize_url: "https://discord.com/oauth2/authorize",
                token_url: "https://discord.com/api/oauth2/token",
                user_url: "https://discord.com/api/users/@me",
            },
        }
    }

    /// Whether it is plain OAuth 2.0: no discovery, no ID token.
    pub const fn is_plain(self) -> bool {
        matches!(self, Self::Github | Self::Discord)
    }
}

impl ProviderConfig {
    /// The longest `id`.
    const MAX_ID_CHARS: usize = 32;

    pub fn title(&self) -> &str {
        [self.title.as_str(), self.preset.known().title, &self.id].into_iter().find(|s| !s.is_empty()).unwrap_or("")
    }

    pub fn issuer(&self) -> &str {
        or(&self.issuer, self.preset.known().issuer)
    }

    pub fn authorize_url(&self) -> &str {
        or(&self.authorize_url, self.preset.known().authorize_url)
    }

    pub fn token_url(&self) -> &str {
        or(&self.token_url, self.preset.known().token_url)
    }

    pub fn user_url(&self) -> &str {
        or(&self.user_url, self.preset.known().user_url)
    }

    pub fn scopes(&self) -> Vec<String> {
        if self.scopes.is_empty() {
            return self.preset.known().scopes.iter().map(|&scope| scope.to_owned()).collect();
        }
        self.scopes.clone()
    }

    /// The client secret, from wherever the settings say it is; empty for a public client.
    ///
    /// # Errors
    /// When the file can't be read or the variable isn't set; says which.
    pub fn read_secret(&self) -> Result<Secret, String> {
        if let Some(path) = &self.client_secret_file {
            let read = std::fs::read_to_string(path);
            let secret =
                read.map_err(|error| format!("`client_secret_file` {} can't be read: {error}", path.display()))?;
            return Ok(Secret::from(secret.trim()));
        }
        if let Some(name) = &self.client_secret_env {
            let secret = std::env::var(name).map_err(|error| format!("`client_secret_env` {name}: {error}"))?;
            return Ok(Secret::from(secret.trim()));
        }
        Ok(self.client_secret.clone())
    }

    /// What is wrong with it: the setting, its value, and what would be right.
    pub fn problems(&self) -> Vec<(&'static str, String, &'static str)> {
        let mut problems = Vec::new();
        let id_is_right = (1..=Self::MAX_ID_CHARS).contains(&self.id.len())
            && self.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !id_is_right {
            problems.push(("id", self.id.clone(), "1 to 32 letters a–z, digits or dashes"));
        }
        if self.client_id.is_empty() {
            problems.push(("client_id", String::new(), "what the provider calls this instance"));
        }
        let addresses = [
            ("issuer", self.issuer(), true),
            ("authorize_url", self.authorize_url(), self.preset.is_plain()),
            ("token_url", self.token_url(), self.preset.is_plain()),
            ("user_url", self.user_url(), self.preset.is_plain()),
        ];
        for (key, address, is_needed) in addresses {
            if is_needed && !Url::parse(address).is_ok_and(|url| is_guarded(&url, true)) {
                problems.push((key, address.to_owned(), "an https:// address (http:// for this machine alone)"));
            } else if !is_needed && !address.is_empty() {
                problems.push((key, address.to_owned(), "empty: OpenID Connect finds it by the issuer"));
            }
        }
        let secrets =
            [!self.client_secret.is_empty(), self.client_secret_file.is_some(), self.client_secret_env.is_some()];
        if secrets.into_iter().filter(|&given| given).count() > 1 {
            let right = "given once: as client_secret, client_secret_file or client_secret_env";
            problems.push(("client_secret", "given twice".to_owned(), right));
        }
        problems
    }
}

/// Whether nobody on the way can read or change what goes there: TLS, or `this_machine` where that is allowed.
pub fn is_guarded(url: &Url, this_machine: bool) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    };
    let is_plain = url.username().is_empty() && url.password().is_none() && url.host().is_some();
    is_plain && (url.scheme() == "https" || (this_machine && is_here && url.scheme() == "http"))
}

fn or<'a>(given: &'a str, otherwise: &'a str) -> &'a str {
    if given.is_empty() { otherwise } else { given }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_needs_no_more_than_an_id_and_a_client() {
        for preset in [Preset::Google, Preset::Gitlab, Preset::Apple, Preset::Github, Preset::Discord] {
            let config =
                ProviderConfig { id: "one".into(), preset, client_id: "films".into(), ..ProviderConfig::default() };
            assert_eq!(config.problems(), [], "{preset:?}");
            assert!(!config.title().is_empty());
        }
    }

    #[test]
    fn a_keycloak_is_found_by_the_issuer_of_its_realm_alone() {
        let config = ProviderConfig {
            id: "work".into(),
            preset: Preset::Keycloak,
            client_id: "films".into(),
            ..ProviderConfig::default()
        };
        assert_eq!(config.problems().iter().map(|(key, ..)| *key).collect::<Vec<_>>(), ["issuer"]);
        let found = ProviderConfig { issuer: "https://id.example.org/realms/films".into(), ..config };
        assert_eq!((found.problems(), found.title()), (vec![], "Keycloak"));
        let spoken = ProviderConfig { token_url: format!("{}/protocol/openid-connect/token", found.issuer), ..found };
        assert_eq!(spoken.problems()[0].0, "token_url", "the realm says that itself");
    }

    #[test]
    fn addresses_that_somebody_on_the_way_can_change_are_refused() {
        for (address, fine) in [
            ("https://id.example.org", true),
            ("http://127.0.0.1:4000", true),
            ("http://id.example.org", false),
            ("http://127.0.0.1.example.org", false),
            ("https://ada:secret@id.example.org", false),
            ("javascript:alert(1)", false),
            ("", false),
        ] {
            let config = ProviderConfig { issuer: address.into(), ..ProviderConfig::default() };
            assert_eq!(config.problems().iter().all(|(key, ..)| *key != "issuer"), fine, "{address}");
        }
    }
}
