//! What operators write.

use matinee_server::config;

use super::file;

/// The configuration file.
pub fn config(bytes: &[u8]) {
    drop(config::load(Some(&file("config/matinee.toml", bytes)), std::iter::empty()));
}
