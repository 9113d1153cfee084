//! Second factors whose secrets are sealed ([`SealingKeys`]) on their way to the database and opened on their way back.

use std::sync::Arc;

use async_trait::async_trait;
use matinee_domain::{Timestamp, UserId};
use matinee_services::ports::{
    FactorTry, Failures, GivenFactor, RepositoryError, RepositoryResult, SecondFactor, SecondFactorRepository,
};

use super::sealing::{SealError, SealingKeys, is_sealed};

/// Rows that are read at once when all are gone through.
const AT_ONCE: u32 = 500;

/// Seals what the repository behind it keeps. Without keys it keeps what it is given, and opens nothing.
pub struct SealedFactors {
    inner: Arc<dyn SecondFactorRepository>,
    keys: Option<Arc<SealingKeys>>,
}

/// What was found when all were gone through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Sealed with the first key now: they were not sealed, or with another.
    pub sealed: u64,
    /// They were already.
    pub current: u64,
    /// Of a key that is not here; their people can't give codes on this instance.
    pub unknown: u64,
}

impl SealedFactors {
    pub fn new(inner: Arc<dyn SecondFactorRepository>, keys: Option<Arc<SealingKeys>>) -> Self {
        Self { inner, keys }
    }

    /// Says at the start what an operator has to know: that secrets are not sealed, or that a key is missing. It looks at a few hundred.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn check(&self) -> RepositoryResult<()> {
        let some = self.inner.list_factor_secrets(None, AT_ONCE).await?;
        let Some(keys) = &self.keys else {
            tracing::warn!(
                "what authenticator apps share is not enciphered in the database, and who failed to sign in could be guessed from it: give all instances the same `auth.secrets_key_file`"
            );
            if some.iter().any(|(_, kept)| is_sealed(kept)) {
                tracing::error!("some of it is enciphered, and can't be used without `auth.secrets_key_file`");
            }
            return Ok(());
        };
        let foreign = some.iter().filter(|(_, kept)| keys.is_foreign(kept)).count();
        if foreign > 0 {
            tracing::error!(
                people = foreign,
                keys = ?keys,
                "what authenticator apps share is sealed with a key that this instance does not have, so its people can give recovery codes alone: \
                 give all instances the same `auth.secrets_key_file`"
            );
        }
        Ok(())
    }

    /// Seals all with the first key. Nobody has to wait for it, and it may be run again.
    ///
    /// # Errors
    /// `Damaged` without keys; when the database does not answer.
    pub async fn reseal_all(&self) -> RepositoryResult<Resealed> {
        let keys = self.keys.as_ref();
        let keys = keys.ok_or_else(|| damaged("of everybody", "there is no key: set `auth.secrets_key_file`"))?;
        let (mut found, mut after) = (Resealed::default(), None);
        loop {
            let some = self.inner.list_factor_secrets(after, AT_ONCE).await?;
            for (user, kept) in &some {
                if keys.is_current(kept) {
                    found.current += 1;
                } else if keys.is_foreign(kept) {
                    found.unknown += 1;
                } else {
                    let secret =
                        open(keys, *user, kept).map_err(|error| damaged(&user.to_string(), &error.to_string()))?;
                    found.sealed += u64::from(self.reseal(keys, *user, kept, &secret).await?);
                }
            }
            match some.last() {
                Some((last, _)) if some.len() == AT_ONCE as usize => after = Some(*last),
                _ => return Ok(found),
            }
        }
    }

    async fn reseal(&self, keys: &SealingKeys, user: UserId, kept: &str, secret: &str) -> RepositoryResult<bool> {
        let sealed = keys.seal(user, secret).map_err(|error| damaged(&user.to_string(), &error.to_string()))?;
        self.inner.reseal_factor(user, kept, &sealed).await
    }

    /// What was sealed. What can't be opened stays as it is, so that recovery codes still let in: as a secret it is none.
    async fn opened(&self, user: UserId, kept: String) -> String {
        if kept.is_empty() {
            return kept;
        }
        let Some(keys) = &self.keys else {
            if is_sealed(&kept) {
                let reason = "it is sealed, and this instance has no key: set `auth.secrets_key_file`";
                tracing::error!(user.id = %user.0, reason, "a person's authenticator can't be used");
            }
            return kept;
        };
        match open(keys, user, &kept) {
            Ok(secret) => {
                // Kept before there was a key, or with an older one. Where that fails it is done the next time.
                if !keys.is_current(&kept)
                    && let Err(error) = self.reseal(keys, user, &kept, &secret).await
                {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a second factor was not sealed anew");
                }
                secret
            }
            Err(error) => {
                tracing::error!(
                    user.id = %user.0,
                    error = &error as &dyn std::error::Error,
                    "a person's authenticator can't be used"
                );
                kept
            }
        }
    }
}

/// Sealed text opened; what is not sealed, as it is.
fn open(keys: &SealingKeys, user: UserId, kept: &str) -> Result<String, SealError> {
    if is_sealed(kept) { keys.open_sealed(user, kept) } else { Ok(kept.to_owned()) }
}

fn damaged(id: &str, reason: &str) -> RepositoryError {
    RepositoryError::Damaged { what: "second factor", id: id.to_owned(), reason: reason.to_owned() }
}

#[async_trait]
impl SecondFactorRepository for SealedFactors {
    async fn lookup_factor(&self, user: UserId) -> RepositoryResult<Option<SecondFactor>> {
        let Some(mut factor) = self.inner.lookup_factor(user).await? else { return Ok(None) };
        factor.secret = self.opened(user, factor.secret).await;
        Ok(Some(factor))
    }

    async fn add_factor(
        &self,
        user: UserId,
        secret: &str,
        step: i64,
        codes: &[String],
        at: Timestamp,
    ) -> RepositoryResult<()> {
        let sealed = match &self.keys {
            Some(keys) if !secret.is_empty() => keys.seal(user, secret),
            _ => Ok(secret.to_owned()),
        };
        let sealed = sealed.map_err(|error| damaged(&user.to_string(), &error.to_string()))?;
        self.inner.add_factor(user, &sealed, step, codes, at).await
    }

    async fn set_recovery_codes(&self, user: UserId, codes: &[String], at: Timestamp) -> RepositoryResult<()> {
        self.inner.set_recovery_codes(user, codes, at).await
    }

    async fn reseal_factor(&self, user: UserId, before: &str, now: &str) -> RepositoryResult<bool> {
        self.inner.reseal_factor(user, before, now).await
    }

    async fn list_factor_secrets(&self, after: Option<UserId>, limit: u32) -> RepositoryResult<Vec<(UserId, String)>> {
        self.inner.list_factor_secrets(after, limit).await
    }

    async fn remove_factor(&self, user: UserId) -> RepositoryResult<bool> {
        self.inner.remove_factor(user).await
    }

    async fn try_factor(
        &self,
        user: UserId,
        given: &GivenFactor,
        now: Timestamp,
        must_wait: fn(Failures, Timestamp) -> bool,
    ) -> RepositoryResult<FactorTry> {
        self.inner.try_factor(user, given, now, must_wait).await
    }
}
