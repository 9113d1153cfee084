//! Who looks at the pages, and when what is known of their taste has changed.

use leptos::prelude::*;
use matinee_domain::Account;

use crate::{
    api::viewer::ViewerAccount,
    remote::{Loading, load},
};

/// Who looks at the pages. In the context of every component, see [`use_viewer`].
#[derive(Clone, Copy)]
pub struct Viewer {
    account: Loading<Option<Account>>,
    taste: RwSignal<u32>,
}

/// Gives [`Viewer`] to all components below.
pub fn provide_viewer() {
    let account = load(|| ViewerAccount {});
    provide_context(Viewer { account, taste: RwSignal::new(0) });
}

/// Who looks at the page.
///
/// # Panics
/// Outside of the app.
pub fn use_viewer() -> Viewer {
    use_context().expect("App provides the viewer")
}

impl Viewer {
    /// The account, `None` for visitors. Read it inside a `Suspense` or `Transition`.
    pub fn account(self) -> Option<Account> {
        self.account.get().and_then(Result::ok).flatten()
    }

    /// The same, waiting until it is known.
    pub async fn account_now(self) -> Option<Account> {
        self.account.await.ok().flatten()
    }

    /// Whether somebody is signed in. Read it inside a `Suspense` or `Transition`.
    pub fn signed_in(self) -> bool {
        self.account.with(|account| matches!(account, Some(Ok(Some(_)))))
    }

    /// To call after signing in or out, registering, or changing the account.
    pub fn account_changed(self) {
        self.account.refetch();
        self.taste_changed();
    }

    /// To call after a rating or a mark: whatever depends on the person's taste is fetched anew.
    pub fn taste_changed(self) {
        self.taste.update(|version| *version = version.wrapping_add(1));
    }

    /// Changes whenever the person's taste or the person does; resources that depend on it read it as their source.
    pub fn taste_version(self) -> u32 {
        self.taste.get()
    }
}

/// The path itself where it is one of this site, else `/`: what comes in a form or a query may not send people away.
pub fn local_path(path: &str) -> &str {
    let local = path.starts_with('/')
        && !path.starts_with("//")
        && !path.starts_with("/\\")
        && path.chars().all(|c| c.is_ascii_graphic());
    if local { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for good in ["/", "/film/1?x=y", "/search?q=a+b"] {
            assert_eq!(local_path(good), good);
        }
        for bad in ["", "https://example.org", "//example.org", "/\\example.org", "/a\nb", "javascript:alert(1)"] {
            assert_eq!(local_path(bad), "/");
        }
    }
}
