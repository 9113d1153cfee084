//! Passwords and sessions: the parts of signing in that need a library.

mod devices;
mod password;
mod session_store;

pub use devices::{Device, browser_of, note_browser};
pub use password::Argon2Hasher;
pub use session_store::{SeaSessionStore, session_layer};
