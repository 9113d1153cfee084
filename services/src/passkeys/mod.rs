//! Passkeys: keys that people's devices hold, by which they sign in without a password, or in place of the code after it.
//!
//! The device asks its person (by finger, face or PIN) each time, so a passkey is two factors in one and no code is asked for after it.
//! A `ceremony` is begun with a challenge and finished with the device's answer to that very challenge; whoever calls keeps what
//! [`Begun::kept`] says in between, for one answer, from one browser, for a few minutes.

mod ceremony;

use matinee_domain::{FieldError, PasskeyName, UserId};
use thiserror::Error;

pub use ceremony::{Begun, NewPasskeyAnswer, PasskeyAnswer, RelyingParty};

use crate::{
    Result, ServiceError, Services,
    duty::GivingUp,
    ports::{Passkey, PasskeyRemoval, RepositoryError},
    provenance::Provenance,
    security_log,
};

/// Passkeys that one person may have.
pub const MAX_PASSKEYS: u32 = 20;

/// Why a passkey let nobody in, or was not added.
#[derive(Debug, Error)]
pub enum PasskeyError {
    #[error("the browser's answer can't be read: {0}")]
    Unreadable(String),
    #[error("the passkey's answer is not right: {0}")]
    Wrong(String),
    #[error("nobody here has this passkey")]
    Unknown,
    #[error("the passkey's counter did not go on: somebody may have a copy of it")]
    Copied,
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RepositoryError> for PasskeyError {
    fn from(error: RepositoryError) -> Self {
        Self::Service(error.into())
    }
}

impl Services {
    /// My passkeys, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn my_passkeys(&self, user: UserId) -> Result<Vec<Passkey>> {
        Ok(self.passkeys.list_passkeys(user).await?)
    }

    /// Begins to add a passkey that is to be called so. Whoever calls this has made sure that the person signed in lately.
    ///
    /// # Errors
    /// `Invalid` for `name` when it can't be taken, or the person has as many as they may have.
    pub async fn begin_passkey(&self, party: &RelyingParty, user: UserId, name: &str) -> Result<Begun, PasskeyError> {
        PasskeyName::parse(name).map_err(ServiceError::from)?;
        let account = self.account(user).await?;
        let known = self.passkeys.list_passkeys(user).await?;
        if known.len() >= MAX_PASSKEYS as usize {
            return Err(too_many().into());
        }
        let called = if account.email.is_empty() { &account.name } else { &account.email };
        party.begin_adding(user, called, &account.name, known.iter().map(|passkey| passkey.id.as_str()))
    }

    /// Adds the passkey that a device made.
    ///
    /// # Errors
    /// `Wrong` when the answer does not belong to what was asked, `Service` with `Invalid` when the name can't be taken or the person
    /// has as many as they may have, with `Conflict` when they have this one.
    pub async fn add_passkey(
        &self,
        party: &RelyingParty,
        user: UserId,
        kept: &str,
        answer: &NewPasskeyAnswer,
        name: &str,
    ) -> Result<Passkey, PasskeyError> {
        let name = PasskeyName::parse(name).map_err(ServiceError::from)?;
        let made = party.finish_adding(user, kept, answer)?;
        let passkey = Passkey {
            user,
            id: made.id,
            name: name.as_str().to_owned(),
            public_key: made.public_key,
            state: made.state,
            created_at: self.clock.now(),
            used_at: None,
        };
        match noted(&passkey.name).scope(self.passkeys.add_passkey(&passkey, MAX_PASSKEYS)).await {
            Ok(()) => Ok(passkey),
            Err(RepositoryError::TooMuch { .. }) => Err(too_many().into()),
            Err(RepositoryError::Exists { .. }) => {
                let words = "this device has a passkey for your account already";
                Err(ServiceError::Conflict(FieldError::new("passkey", "known", words)).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives one of my passkeys another name.
    ///
    /// # Errors
    /// `Invalid` for `name` when it can't be taken, `NotFound` when the passkey is none of mine.
    pub async fn rename_passkey(&self, user: UserId, id: &str, name: &str) -> Result<()> {
        let name = PasskeyName::parse(name)?;
        let is_there = noted(name.as_str()).scope(self.passkeys.rename_passkey(user, id, name.as_str())).await?;
        is_there.then_some(()).ok_or_else(missing)
    }

    /// Removes one of my passkeys: it lets nobody in from now on. Whoever calls this has made sure that the person signed in lately.
    ///
    /// # Errors
    /// `NotFound` when it is none of mine, `Conflict` when nothing else would let me in, my second step asks for it, or the operator asks
    /// me for one and it would be my last.
    pub async fn remove_passkey(&self, user: UserId, id: &str) -> Result<Passkey> {
        let passkey = self.passkeys.lookup_passkey(user, id).await?.ok_or_else(missing)?;
        self.may_give_up(user, GivingUp::Passkey(id)).await?;
        match noted(&passkey.name).scope(self.passkeys.remove_passkey(user, id)).await? {
            PasskeyRemoval::Removed => Ok(passkey),
            PasskeyRemoval::NotTheirs => Err(missing()),
            PasskeyRemoval::SecondStep => Err(ServiceError::Conflict(FieldError::new(
                "passkey",
                "second_step",
                "your second step asks for it: add another passkey, or switch the second step off, first",
            ))),
            PasskeyRemoval::LastWayIn => Err(ServiceError::Conflict(FieldError::new(
                "passkey",
                "last_way_in",
                "this is your only way to sign in: add another passkey, a password or a linked account first",
            ))),
        }
    }

    /// Whose passkey answered what was asked by [`RelyingParty::begin_sign_in`]. Keeps that it was used.
    ///
    /// # Errors
    /// `Unknown` when nobody has that passkey, `Wrong` when the answer does not belong to what was asked, `Copied` when its counter
    /// did not go on.
    pub async fn check_passkey(
        &self,
        party: &RelyingParty,
        kept: &str,
        answer: &PasskeyAnswer,
    ) -> Result<UserId, PasskeyError> {
        let user = answer.user();
        let found = self.passkeys.lookup_passkey(user, &answer.id()).await?;
        let passkey = found.ok_or(PasskeyError::Unknown)?;
        let after = party.check(kept, answer, &passkey)?;
        let using = self.passkeys.set_passkey_used(user, &passkey.id, &passkey.state, &after, self.clock.now());
        if !noted(&passkey.name).scope(using).await? {
            return Err(PasskeyError::Copied);
        }
        let user = self.account(user).await?.id;
        security_log::signed_in(user, "passkey");
        Ok(user)
    }
}

/// With the passkey's name, for its owner's own list of changes.
fn noted(name: &str) -> Provenance {
    Provenance { note: Some(name.to_owned()), ..Provenance::current() }
}

fn missing() -> ServiceError {
    ServiceError::NotFound { what: "passkey of yours", id: "of that name".to_owned() }
}

fn too_many() -> ServiceError {
    let words = format!("you have {MAX_PASSKEYS} passkeys already: remove one that you don't use");
    FieldError::new("name", "too_many", words).into()
}
