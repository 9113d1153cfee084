//! Passwords and sessions: the parts of signing in that need a library.

mod devices;
mod keyed_failures;
mod password;
mod password_list;
mod places;
mod sealed_factors;
mod sealing;
mod session_store;

pub use devices::{Device, browser_of, note_device};
pub use keyed_failures::KeyedFailures;
pub use password::Argon2Hasher;
pub use password_list::PasswordList;
pub use places::Place;
pub use sealed_factors::{Resealed, SealedFactors};
pub use sealing::{SealError, SealingKeys};
pub use session_store::{SeaSessionStore, session_layer};
