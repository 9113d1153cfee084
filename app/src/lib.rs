//! The user interface of Matinee: rendered on the server, taken over ("hydrated") by the browser.
//!
//! - [`app`] is the list of routes; [`pages`] has one folder for each area, [`components`] what several pages share.
//! - [`api`] holds the server functions: thin, each finds out who asks, calls one use case, and maps the error.
//! - [`remote`] is how pages reach them; [`viewer`] is what all pages know of the person who looks at them; [`language`] and [`theme`] are their choices.
//! - `session`, `shell` and `plain` exist on the server alone (feature `ssr`): who is signed in, the document around the app, and
//!   pages that are never hydrated.
//!
//! Every page works without JavaScript, through links and forms; hydrated, it never reloads. What the server renders
//! and what the browser renders first must be the same, so nothing in a view may depend on a clock or on chance.

#![recursion_limit = "512"]
pub mod api;
pub mod app;
pub mod components;
pub mod error;
pub mod feedback;
pub mod flash;
pub mod language;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod plain;
pub mod remote;
#[cfg(feature = "ssr")]
pub mod session;
#[cfg(feature = "ssr")]
pub mod shell;
pub mod theme;
pub mod viewer;

pub use app::App;
pub use error::AppError;
pub use language::i18n;
