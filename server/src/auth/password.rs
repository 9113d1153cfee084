//! argon2id behind the `PasswordHasher` port, bounded so that sign-ins can't starve the server.

use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use matinee_domain::Password;
use matinee_services::ports::{HashingError, PasswordHasher};
use rayon::{ThreadPool, ThreadPoolBuilder};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::{Semaphore, oneshot};

use super::PasswordList;
use crate::config::AuthConfig;

/// Bytes of a salt, and of a hash: those of the hasher itself.
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// How far hashing gives way, of 0 to 19: this is about a tenth of the time where others want it all.
const NICENESS: i32 = 10;

/// Hashes on a few threads of its own; those beyond the queue are refused.
pub struct Argon2Hasher {
    argon2: Argon2<'static>,
    /// Places to hash and to wait.
    queue: Arc<Semaphore>,
    /// Places to hash, as many as threads.
    working: Arc<Semaphore>,
    threads: ThreadPool,
    /// The longest wait for a place to hash.
    wait: Duration,
    /// Checked in place of an unknown person's hash, so that the answer takes as long.
    dummy: String,
    /// Passwords that were made public, where the operator has a list of them.
    breached: Option<Arc<PasswordList>>,
}

impl Argon2Hasher {
    /// # Errors
    /// When the parameters are out of argon2's range, or the list of passwords can't be used.
    pub fn new(config: &AuthConfig) -> Result<Self, HashingError> {
        let params = Params::new(config.argon2_memory_kib, config.argon2_passes, config.argon2_lanes, None)
            .map_err(|error| HashingError::Failed(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = nobodys(&argon2)?;
        let list = &config.password_list;
        let breached = (!list.as_os_str().is_empty()).then(|| PasswordList::open(list)).transpose();
        Ok(Self {
            breached: breached.map_err(HashingError::Failed)?.map(Arc::new),
            argon2,
            queue: Arc::new(Semaphore::new(config.concurrent_hashes + config.hash_queue_len)),
            working: Arc::new(Semaphore::new(config.concurrent_hashes)),
            threads: threads(config.concurrent_hashes)?,
            wait: Duration::from_millis(config.hash_wait_ms),
            dummy,
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(Argon2<'static>) -> Result<T, HashingError> + Send + 'static,
    ) -> Result<T, HashingError> {
        let _waiting = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| HashingError::Busy)?;
        let working = tokio::time::timeout(self.wait, Arc::clone(&self.working).acquire_owned()).await;
        let working = working.map_err(|_| HashingError::Busy)?.map_err(|_| HashingError::Busy)?;
        let argon2 = self.argon2.clone();
        let (reply, answer) = oneshot::channel();
        self.threads.spawn(move || {
            let _working = working;
            // Nobody may wait for it any more.
            let _ = reply.send(work(argon2));
        });
        answer.await.map_err(|_| HashingError::Failed("the thread that hashes broke off".into()))?
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Password) -> Result<String, HashingError> {
        let password = password.clone();
        self.run(move |argon2| hash(&argon2, password.expose())).await
    }

    async fn is_breached(&self, password: &Password) -> Result<bool, HashingError> {
        let Some(list) = self.breached.clone() else { return Ok(false) };
        let password = password.clone();
        // It reads a file, so it is done where waiting holds nobody up, and no more of it at once than of hashing.
        self.run(move |_| list.holds(password.expose()).map_err(HashingError::Failed)).await
    }

    fn is_outdated(&self, phc: &str) -> bool {
        let params = self.argon2.params();
        PasswordHash::new(phc).map_or(true, |parsed| {
            parsed.algorithm.as_str() != Algorithm::Argon2id.ident().as_str()
                || Params::try_from(&parsed).map_or(true, |made_with| {
                    (made_with.m_cost(), made_with.t_cost(), made_with.p_cost())
                        != (params.m_cost(), params.t_cost(), params.p_cost())
                })
        })
    }

    async fn verify(&self, password: &str, phc: Option<&str>) -> Result<bool, HashingError> {
        let known = phc.is_some();
        let phc = phc.unwrap_or(&self.dummy).to_owned();
        // What is longer than any password can't be right; it is not worth hashing.
        let password = password.chars().take(Password::MAX_CHARS + 1).collect::<String>();
        self.run(move |argon2| {
            let parsed = PasswordHash::new(&phc).map_err(|error| HashingError::Failed(error.to_string()))?;
            Ok(argon2.verify_password(password.as_bytes(), &parsed).is_ok() && known)
        })
        .await
    }
}

/// Threads that give way to those that answer requests: hashing is all work and no hurry.
fn threads(count: usize) -> Result<ThreadPool, HashingError> {
    let threads = ThreadPoolBuilder::new().num_threads(count).thread_name(|number| format!("hashing-{number}"));
    let threads = threads.start_handler(|_| {
        // On Linux it is the thread's own. Where that is not allowed, all are equal.
        let _ = rustix::process::nice(NICENESS);
    });
    // A panic is one request's, and its asker is told.
    let threads = threads.panic_handler(|_| tracing::error!("hashing a password broke off"));
    threads.build().map_err(|error| HashingError::Failed(error.to_string()))
}

/// A hash of these parameters that is nobody's: chance alone, for what is compared with it is of no interest, and computing one would hold
/// up the start.
fn nobodys(argon2: &Argon2<'_>) -> Result<String, HashingError> {
    let mut bytes = [0; SALT_BYTES + HASH_BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| HashingError::Failed("there are no random bytes".into()))?;
    let (salt, hash) = bytes.split_at(SALT_BYTES);
    let params = argon2.params();
    Ok(format!(
        "$argon2id$v=19$m={},t={},p={}${}${}",
        params.m_cost(),
        params.t_cost(),
        params.p_cost(),
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(hash)
    ))
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<String, HashingError> {
    let hash = argon2.hash_password(password.as_bytes()).map_err(|error| HashingError::Failed(error.to_string()))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(concurrent_hashes: usize, hash_queue_len: usize) -> Argon2Hasher {
        let cheap = AuthConfig { argon2_memory_kib: 64, argon2_passes: 1, ..AuthConfig::default() };
        Argon2Hasher::new(&AuthConfig { concurrent_hashes, hash_queue_len, ..cheap }).unwrap()
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_person_is_right() {
        let hasher = hasher(1, 1);
        let phc = hasher.hash(&Password::new("correct horse").unwrap()).await.unwrap();
        assert!(phc.starts_with("$argon2id$"));
        assert!(hasher.verify("correct horse", Some(&phc)).await.unwrap());
        assert!(!hasher.verify("wrong horse", Some(&phc)).await.unwrap());
        assert!(!hasher.verify("nobody's password", None).await.unwrap());
    }

    #[tokio::test]
    async fn a_wrong_password_costs_the_same_hash_with_and_without_an_account() {
        let hasher = hasher(1, 1);
        let phc = hasher.hash(&Password::new("correct horse").unwrap()).await.unwrap();
        // Algorithm, version and parameters are the same, and salt and hash as long.
        let shape = |phc: &str| {
            let parts: Vec<String> = phc.split('$').map(str::to_owned).collect();
            (parts[..4].to_vec(), parts[4..].iter().map(String::len).collect::<Vec<_>>())
        };
        assert_eq!(shape(&hasher.dummy), shape(&phc));
    }

    #[tokio::test]
    async fn whoever_waits_too_long_is_refused() {
        let cheap = AuthConfig { argon2_memory_kib: 64, argon2_passes: 1, ..AuthConfig::default() };
        let hasher = Argon2Hasher::new(&AuthConfig { concurrent_hashes: 1, hash_wait_ms: 20, ..cheap }).unwrap();
        let busy = Arc::clone(&hasher.working).try_acquire_owned().unwrap();
        let refused = hasher.verify("correct horse", None).await;
        assert!(matches!(refused, Err(HashingError::Busy)), "{refused:?}");
        drop(busy);
        assert!(hasher.verify("correct horse", None).await.is_ok());
    }

    #[tokio::test]
    async fn hashes_of_other_parameters_are_outdated() {
        let hasher = hasher(1, 1);
        let phc = hasher.hash(&Password::new("correct horse").unwrap()).await.unwrap();
        assert!(!hasher.is_outdated(&phc));
        let stronger = AuthConfig { argon2_memory_kib: 128, argon2_passes: 1, ..AuthConfig::default() };
        let stronger = Argon2Hasher::new(&stronger).unwrap();
        assert!(stronger.is_outdated(&phc));
        assert!(stronger.verify("correct horse", Some(&phc)).await.unwrap(), "and still right");
        assert!(stronger.is_outdated("$2b$10$abcdefghijklmnopqrstuv"));
    }

    #[tokio::test]
    async fn more_than_the_queue_holds_is_refused() {
        let hasher = hasher(1, 0);
        let place = Arc::clone(&hasher.queue).try_acquire_owned().unwrap();
        let refused = hasher.verify("correct horse", None).await;
        assert!(matches!(refused, Err(HashingError::Busy)), "{refused:?}");
        drop(place);
        assert!(hasher.verify("correct horse", None).await.is_ok());
    }
}
