//! A provider of our own that lies: it is an honest OpenID provider in every respect but the one that a test spoils. Whatever it
//! does, nobody may be let in who should not be. A browser that begins, goes there and comes back is played by [`Visit`].

mod answers;
mod claims;
mod discovery;
mod honest;
mod linking;
mod plain;
mod presets;
mod provider;
mod signatures;
mod strength;
mod token;
mod visit;

pub use provider::{Hostile, Reply};
pub use token::EcKey;
