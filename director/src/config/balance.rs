//! Who gets which request, and what is tried again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Balancing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BalanceConfig {
    /// Cookies that name a session; the first one there decides the instance.
    #[serde(deserialize_with = "super::list")]
    pub cookies: Vec<String>,
    /// An instance with more open requests than so many times the average sends a session's next one elsewhere.
    pub load_factor: f64,
    /// So many open requests are never too many.
    pub load_floor: usize,
    /// A new or recovered instance gets its share little by little over this time.
    pub slow_start_ms: u64,
}

impl Default for BalanceConfig {
    fn default() -> Self {
        Self {
            cookies: vec!["__Host-matinee_session".to_owned(), "matinee_session".to_owned()],
            load_factor: 1.25,
            load_floor: 16,
            slow_start_ms: 10_000,
        }
    }
}

impl BalanceConfig {
    pub fn slow_start(&self) -> Duration {
        Duration::from_millis(self.slow_start_ms)
    }
}

/// Trying again on another instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetryConfig {
    /// Instances that one request may be sent to at most. One that may change something is sent again only when no
    /// connection came about, or when [`Self::posts`] has its path, or by [`Self::forms`].
    pub attempts: usize,
    /// Of a hundred requests so many may be tried again after an answer failed to come: a sick system is not flooded.
    pub budget_percent: u32,
    /// A request that only reads and has not been answered by then is tried elsewhere.
    pub after_ms: u64,
    /// Paths of forms that do no more when sent twice: they are sent again when the instance that had them broke off.
    /// `*` stands for any one part between slashes.
    #[serde(deserialize_with = "super::list")]
    pub posts: Vec<String>,
    /// Whether other forms (POST, but below `/api/v1/`) are sent again, too, when the instance that had them broke off: with
    /// `x-sent-again`, by which an instance looks in its journal before it carries them out. Instances that don't know that header would
    /// carry them out twice.
    pub forms: bool,
}

impl Default for RetryConfig {
    fn default() -> Self {
        let posts = HARMLESS_TWICE.map(str::to_owned).into();
        Self { attempts: 3, budget_percent: 20, after_ms: 3000, posts, forms: true }
    }
}

impl RetryConfig {
    pub fn after(&self) -> Duration {
        Duration::from_millis(self.after_ms)
    }

    /// Whether a form at this path does no more when sent twice.
    pub fn is_harmless_twice(&self, path: &str) -> bool {
        self.posts.iter().any(|pattern| covers(pattern, path))
    }
}

/// Whether a path is of this pattern, in which `*` stands for any one part between slashes.
fn covers(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return true,
            (Some("*"), Some(part)) if !part.is_empty() => {}
            (Some(wanted), Some(part)) if wanted == part => {}
            _ => return false,
        }
    }
}

/// Matinee's forms that may be sent twice: they set what is then as they say, take back what is then so already, send one more
/// letter; and registering twice is signing in.
const HARMLESS_TWICE: [&str; 28] = [
    "/account/changes/*/undo",
    "/account/security/email",
    "/account/security/email/again",
    "/account/security/factor/begin",
    "/account/security/passkeys/*/name",
    "/account/security/passkeys/begin",
    "/account/security/sessions/*/end",
    "/account/security/sessions/end-others",
    "/admin/people/*/role",
    "/admin/people/*/sessions/end",
    "/api/ui/clear-history",
    "/api/ui/keep-history",
    "/api/ui/language",
    "/api/ui/mark",
    "/api/ui/rate",
    "/api/ui/register",
    "/api/ui/sign-in",
    "/api/ui/sign-out",
    "/api/ui/theme",
    "/api/v1/accounts",
    "/api/v1/session",
    "/edit/*",
    "/edit/*/history/*/undo",
    "/evening/*/link",
    "/evening/join/*",
    "/sign-in/forgot",
    "/sign-in/passkey/begin",
    "/tune",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_part_of_a_path() {
        let config = RetryConfig::default();
        for path in ["/tune", "/edit/42", "/edit/42/history/7/undo", "/account/changes/7/undo", "/evening/join/abc"] {
            assert!(config.is_harmless_twice(path), "{path}");
        }
        for path in [
            "/",
            "/tune/",
            "/edit/",
            "/edit/42/",
            "/edit/42/history//undo",
            "/evening",
            "/account/tokens",
            "/account/tokens/7/revoke",
            "/edit/42/history/7/8/undo",
        ] {
            assert!(!config.is_harmless_twice(path), "{path}");
        }
    }
}
