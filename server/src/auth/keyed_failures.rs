//! Failed sign-ins that nobody can guess from the database: a digest of an e-mail address without a key is found by trying addresses.

use std::sync::Arc;

use async_trait::async_trait;
use matinee_domain::Timestamp;
use matinee_services::ports::{Failures, RepositoryResult, SignInFailureRepository, Trier};

use super::sealing::SealingKeys;

/// Gives the repository behind it, in place of who tried and from where, what only holders of the first key can make of it. Without keys
/// it gives what it is given. A new first key forgets failures, which are of a quarter of an hour.
pub struct KeyedFailures {
    pub inner: Arc<dyn SignInFailureRepository>,
    pub keys: Option<Arc<SealingKeys>>,
}

impl KeyedFailures {
    fn keyed(&self, trier: &Trier) -> Trier {
        let Some(keys) = &self.keys else { return trier.clone() };
        let from = trier.from.map(|from| from.to_string()).unwrap_or_default();
        Trier { email: keys.digest(&format!("{} {from}", trier.email)), from: None }
    }
}

#[async_trait]
impl SignInFailureRepository for KeyedFailures {
    async fn lookup(&self, trier: &Trier) -> RepositoryResult<Option<Failures>> {
        self.inner.lookup(&self.keyed(trier)).await
    }

    async fn add(&self, trier: &Trier, at: Timestamp) -> RepositoryResult<()> {
        self.inner.add(&self.keyed(trier), at).await
    }

    async fn remove(&self, trier: &Trier) -> RepositoryResult<()> {
        self.inner.remove(&self.keyed(trier)).await
    }

    async fn remove_older(&self, before: Timestamp) -> RepositoryResult<u64> {
        self.inner.remove_older(before).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::config::Config;

    /// Keeps whom it was told of.
    #[derive(Default)]
    struct Told(Mutex<Vec<Trier>>);

    #[async_trait]
    impl SignInFailureRepository for Told {
        async fn lookup(&self, trier: &Trier) -> RepositoryResult<Option<Failures>> {
            let count = self.0.lock().unwrap().iter().filter(|told| *told == trier).count();
            Ok((count > 0).then(|| Failures { count: u32::try_from(count).unwrap(), last_at: Timestamp::UNIX_EPOCH }))
        }

        async fn add(&self, trier: &Trier, _: Timestamp) -> RepositoryResult<()> {
            self.0.lock().unwrap().push(trier.clone());
            Ok(())
        }

        async fn remove(&self, trier: &Trier) -> RepositoryResult<()> {
            self.0.lock().unwrap().retain(|told| told != trier);
            Ok(())
        }

        async fn remove_older(&self, _: Timestamp) -> RepositoryResult<u64> {
            Ok(0)
        }
    }

    #[tokio::test]
    async fn who_failed_to_sign_in_is_found_again_and_read_by_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.data.dir = folder.path().to_owned();
        let keys = SealingKeys::open(&config).unwrap().map(Arc::new);
        let told = Arc::new(Told::default());
        let failures = KeyedFailures { inner: Arc::clone(&told) as _, keys };
        let ada = Trier { email: "ada@example.org".into(), from: Some([192, 0, 2, 7].into()) };
        for from in [ada.from, None] {
            failures.add(&Trier { from, ..ada.clone() }, Timestamp::UNIX_EPOCH).await.unwrap();
        }
        assert_eq!(failures.lookup(&ada).await.unwrap().unwrap().count, 1, "by address and network address");
        for kept in told.0.lock().unwrap().iter() {
            // '@' and "example" can't be among a digest's digits, while "ada" can, by chance
            assert!(!kept.email.contains('@') && !kept.email.contains("example") && kept.from.is_none(), "{kept:?}");
            assert_ne!(kept.email, format!("{:x}", Sha256::digest("ada@example.org 192.0.2.7")));
        }
        failures.remove(&ada).await.unwrap();
        assert!(failures.lookup(&ada).await.unwrap().is_none());
    }
}
