//! The duty of a second step: whom the operator asks for more than a password, and how far somebody comes who has given no more.
//!
//! What counts as two factors is decided where somebody signs in ([`Strength`]): a password with a code or a passkey, a passkey alone (the
//! device asks its person), or a provider that the operator trusts with it ([`Duty::strong_providers`]). The server asks
//! [`Services::standing`] once for each request, before any handler; programs' tokens are asked about in [`Services::check_token`].

use std::{collections::BTreeSet, sync::Arc};

use matinee_domain::{FieldError, Role, UserId};
use serde::{Deserialize, Serialize};

use crate::{Result, ServiceError, Services, ports::IdentityKey};

/// From whom a second step is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AskedOf {
    /// Everybody decides for themselves.
    #[default]
    Choice,
    Admins,
    Everyone,
}

/// What the operator asks for. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Duty {
    pub asked_of: AskedOf,
    /// Providers, by their name in the settings, who ask for two factors themselves.
    pub strong_providers: Arc<BTreeSet<String>>,
}

/// How much somebody gave when they signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    OneFactor,
    TwoFactors,
}

impl Strength {
    /// Two factors where `both` says so.
    pub const fn of(both: bool) -> Self {
        if both { Self::TwoFactors } else { Self::OneFactor }
    }
}

/// How far somebody comes who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As far as their role lets them.
    Free,
    /// They have no second factor: they may set one up, take their data along, and leave.
    SetUp,
    /// They have one and did not give it: they sign in with it.
    SignInAgain,
}

/// What somebody wants to give up.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GivingUp<'a> {
    Step,
    Passkey(&'a str),
    Identity(&'a IdentityKey),
}

/// The code of the refusal of giving up the last second factor.
pub const DUTY_CODE: &str = "duty";

impl Services {
    /// How far somebody comes who signed in so. Costs nothing where no second step is asked for, or two factors were given.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn standing(&self, user: UserId, strength: Strength) -> Result<Standing> {
        if strength == Strength::TwoFactors || !self.is_asked_for_two(user).await? {
            return Ok(Standing::Free);
        }
        Ok(if self.has_two_factors(user, None).await? { Standing::SignInAgain } else { Standing::SetUp })
    }

    /// Whether a token of this person may be used: its person has a second factor where one is asked for.
    pub(crate) async fn is_token_owner_strong(&self, user: UserId) -> Result<bool> {
        Ok(!self.is_asked_for_two(user).await? || self.has_two_factors(user, None).await?)
    }

    /// Refuses that somebody gives up the last second factor they have, where one is asked for.
    pub(crate) async fn may_give_up(&self, user: UserId, what: GivingUp<'_>) -> Result<()> {
        if !self.is_asked_for_two(user).await? || self.has_two_factors(user, Some(what)).await? {
            return Ok(());
        }
        let words =
            "this site asks you for a second step: add another one, such as a passkey, before you give this one up";
        Err(ServiceError::Conflict(FieldError::new("second_step", DUTY_CODE, words)))
    }

    /// Whether the operator asks this person for a second step.
    async fn is_asked_for_two(&self, user: UserId) -> Result<bool> {
        match self.duty.asked_of {
            AskedOf::Choice => Ok(false),
            // Of an account that is gone nothing is asked.
            AskedOf::Admins => Ok(self.people.lookup_role(user).await?.is_some_and(|role| role >= Role::Admin)),
            AskedOf::Everyone => Ok(true),
        }
    }

    /// Whether a person could give two factors at a sign-in, without what they are about to give up.
    async fn has_two_factors(&self, user: UserId, without: Option<GivingUp<'_>>) -> Result<bool> {
        let keeps_step = !matches!(without, Some(GivingUp::Step));
        if keeps_step && self.factors.lookup_factor(user).await?.is_some() {
            return Ok(true);
        }
        let passkeys = self.passkeys.list_passkeys(user).await?;
        let gone = |id: &str| matches!(without, Some(GivingUp::Passkey(given_up)) if given_up == id);
        if passkeys.iter().any(|passkey| !gone(&passkey.id)) {
            return Ok(true);
        }
        if self.duty.strong_providers.is_empty() {
            return Ok(false);
        }
        let identities = self.identities.list(user).await?;
        let gone = |key: &IdentityKey| matches!(without, Some(GivingUp::Identity(given_up)) if given_up == key);
        Ok(identities.iter().any(|one| self.duty.strong_providers.contains(&one.provider) && !gone(&one.key)))
    }
}
