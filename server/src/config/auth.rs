use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Secret;
use matinee_services::duty::AskedOf;

/// Passwords and sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthConfig {
    /// argon2id: memory in KiB.
    pub argon2_memory_kib: u32,
    /// argon2id: passes over the memory.
    pub argon2_passes: u32,
    /// argon2id: lanes.
    pub argon2_lanes: u32,
    /// Passwords hashed at the same time.
    pub concurrent_hashes: usize,
    /// Sign-ins that may wait for hashing; more are refused for the moment.
    pub hash_queue_len: usize,
    /// A sign-in that waits longer for hashing is refused for the moment.
    pub hash_wait_ms: u64,
    /// A session that is not used for this long ends, in days.
    pub session_days: u32,
    /// A session ends this long after the sign-in, however much it is used, in days.
    pub session_max_days: u32,
    /// From whom more than a password is asked: `choice` (nobody, but who wants it), `admins`, or `everyone`. Who has no second factor then
    /// may set one up and do nothing else; a token of theirs is refused.
    pub second_step: AskedOf,
    /// A file of passwords that were made public, which nobody may choose; empty: none beside the built-in ones.
    pub password_list: PathBuf,
    /// A file of the keys that encipher what authenticator apps share; empty: see `auth.secrets_keys`.
    pub secrets_key_file: PathBuf,
    /// The same keys, separated by commas. Empty: `secrets.key` in the data folder, beside an `SQLite` file that is made.
    pub secrets_keys: Secret,
}

impl Default for AuthConfig {
    /// argon2id as OWASP's password storage cheat sheet recommends at the least: 19 MiB, 2 passes, 1 lane.
    fn default() -> Self {
        Self {
            argon2_memory_kib: 19_456,
            argon2_passes: 2,
            argon2_lanes: 1,
            concurrent_hashes: 2,
            hash_queue_len: 32,
            hash_wait_ms: 5_000,
            session_days: 30,
            session_max_days: 180,
            second_step: AskedOf::Choice,
            password_list: PathBuf::new(),
            secrets_key_file: PathBuf::new(),
            secrets_keys: Secret::default(),
        }
    }
}
