//! Tokens with which programs use the API in a person's name.

use std::fmt::Write as _;

use chrono::TimeDelta;
use matinee_domain::{ApiToken, FieldError, TokenName, TokenScope, TokenText, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Result, ServiceError, Services, provenance::Provenance, security_log};

/// Tokens that one person may have.
const MAX_TOKENS: usize = 20;
/// How long a token may be good, in days.
const MAX_DAYS: u32 = 366;
/// When a token was used is kept this seldom, for it is a write.
const USE_KEPT_EVERY: TimeDelta = TimeDelta::hours(1);

impl Services {
    /// Makes a token for `days` days. What is returned beside it is shown once and kept nowhere.
    ///
    /// # Errors
    /// `Invalid` with the refused fields, or when the person has as many as they may have.
    pub async fn add_token(
        &self,
        user: UserId,
        name: &str,
        scope: TokenScope,
        days: u32,
    ) -> Result<(ApiToken, TokenText)> {
        let name = TokenName::parse(name)?;
        if !(1..=MAX_DAYS).contains(&days) {
            let words = format!("a token is good for 1 to {MAX_DAYS} days");
            return Err(FieldError::new("days", "out_of_range", words).into());
        }
        if self.tokens.list_tokens(user).await?.len() >= MAX_TOKENS {
            let words = format!("you have {MAX_TOKENS} tokens already: revoke one that you don't need");
            return Err(FieldError::new("name", "too_many", words).into());
        }
        let text = TokenText::new(user, Uuid::new_v4(), [Uuid::new_v4(), Uuid::new_v4()]);
        let now = self.clock.now();
        let token = ApiToken {
            id: text.id,
            user,
            name: name.as_str().to_owned(),
            scope,
            created_at: now,
            expires_at: now + TimeDelta::days(days.into()),
            used_at: None,
        };
        let secret_hash = hash(&text);
        let adding = self.tokens.add_token(&token, &secret_hash);
        noted(format!("{} ({})", token.name, scope.as_str())).scope(adding).await?;
        Ok((token, text))
    }

    /// My tokens, latest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn my_tokens(&self, user: UserId) -> Result<Vec<ApiToken>> {
        Ok(self.tokens.list_tokens(user).await?)
    }

    /// Revokes one of my tokens: it is worth nothing from now on.
    ///
    /// # Errors
    /// `NotFound` when it is none of mine.
    pub async fn revoke_token(&self, user: UserId, id: Uuid) -> Result<()> {
        let found = self.tokens.lookup_token(user, id).await?;
        let missing = || ServiceError::NotFound { what: "token of yours", id: id.to_string() };
        let (token, _) = found.ok_or_else(missing)?;
        let was_there = noted(token.name).scope(self.tokens.remove_token(user, id)).await?;
        was_there.then_some(()).ok_or_else(missing)
    }

    /// The token that a program sent, if it is good. Keeps that it was used.
    ///
    /// # Errors
    /// `WrongToken` when it is none, was revoked or has expired; `SecondStepNeeded` when its person is asked for a second step and has none.
    pub async fn check_token(&self, text: &str) -> Result<ApiToken> {
        let token = self.find_token(text).await.inspect_err(|error| {
            if matches!(error, ServiceError::WrongToken) {
                security_log::factor_refused("token", "wrong", None);
            }
        })?;
        if !self.is_token_owner_strong(token.user).await? {
            security_log::access_refused(Some(token.user), "second_step");
            return Err(ServiceError::SecondStepNeeded);
        }
        Ok(token)
    }

    async fn find_token(&self, text: &str) -> Result<ApiToken> {
        let text: TokenText = text.parse().map_err(|_| ServiceError::WrongToken)?;
        let found = self.tokens.lookup_token(text.user, text.id).await?;
        let (token, kept_hash) = found.ok_or(ServiceError::WrongToken)?;
        let now = self.clock.now();
        // Hashes are compared, so how long it takes says nothing of the secret.
        if kept_hash != hash(&text) || token.expires_at <= now {
            return Err(ServiceError::WrongToken);
        }
        if token.used_at.is_none_or(|used| now - used >= USE_KEPT_EVERY)
            && let Err(error) = self.tokens.set_token_used(token.user, token.id, now).await
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "that a token was used is not kept");
        }
        Ok(token)
    }
}

fn noted(note: String) -> Provenance {
    Provenance { note: Some(note), ..Provenance::current() }
}

/// The secret has 244 random bits, so one round of SHA-256 is enough.
fn hash(text: &TokenText) -> String {
    Sha256::digest(text.secret().as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
