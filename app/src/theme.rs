//! Light, dark, or as the device has it: `data-theme` on the document's root, kept in the cookie `theme`.

use leptos::prelude::*;

/// The cookie that keeps the choice.
pub const COOKIE: &str = "theme";

/// How the pages are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The name in the cookie and on the document's root.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The root's `data-theme`: none where the device decides.
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Auto => None,
            Self::Light | Self::Dark => Some(self.as_str()),
        }
    }

    /// What one more press of the switch makes of it.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Auto => Self::Dark,
            Self::Dark => Self::Light,
            Self::Light => Self::Auto,
        }
    }

    /// The theme of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name)
    }
}

/// The theme that the request asks for.
#[cfg(feature = "ssr")]
pub fn of_request() -> Theme {
    crate::api::request_cookie(COOKIE).and_then(|name| Theme::from_name(&name)).unwrap_or_default()
}

/// The theme that the server wrote on the document's root.
#[cfg(not(feature = "ssr"))]
fn of_request() -> Theme {
    let root = document().document_element();
    root.and_then(|root| root.get_attribute("data-theme")).and_then(|name| Theme::from_name(&name)).unwrap_or_default()
}

/// Gives the theme to all components below; a change is seen at once.
pub fn provide_theme() {
    let theme = RwSignal::new(of_request());
    provide_context(theme);
    Effect::new(move |_| {
        if let Some(root) = document().document_element() {
            let _ = match theme.get().attribute() {
                Some(name) => root.set_attribute("data-theme", name),
                None => root.remove_attribute("data-theme"),
            };
        }
    });
}

/// The theme, to read and to change.
pub fn use_theme() -> RwSignal<Theme> {
    use_context().unwrap_or_default()
}
