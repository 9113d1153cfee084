//! Signing in by an account at a provider, and linking such accounts.
//!
//! A person is known by issuer and subject. An e-mail address that a provider tells of decides nothing: where it has an account
//! here, its owner is asked to sign in and link, for whoever holds an address at the provider need not be who registered it.

use matinee_domain::{Email, FieldError, PersonName, UserId};
use uuid::Uuid;

use crate::{
    Result, ServiceError, Services,
    duty::{GivingUp, Strength},
    ports::{Identity, IdentityKey, NewPersonRow, RepositoryError, Unlinking},
    security_log,
};

/// Who a provider says somebody is. Whoever makes one has checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub key: IdentityKey,
    /// The provider's name in the settings.
    pub provider: String,
    /// Names that the provider tells of, the best first.
    pub names: Vec<String>,
    /// An address that the provider has checked.
    pub email: Option<Email>,
    /// Whether the provider says that it asked for more than one factor this time.
    pub strength: Strength,
}

/// The name of somebody of whom nothing is known.
const NAMELESS: &str = "Film friend";

impl Claimed {
    /// A name to be greeted by: the first that can be one.
    fn name(&self) -> String {
        let mut cleaned = self
            .names
            .iter()
            .map(|name| name.chars().filter(|c| !c.is_control()).take(PersonName::MAX_CHARS).collect::<String>());
        let name = cleaned.find_map(|name| PersonName::parse(&name).ok());
        name.map_or_else(|| NAMELESS.to_owned(), |name| name.as_str().to_owned())
    }

    /// By what the person knows their account there.
    fn label(&self) -> String {
        self.email.as_ref().map_or_else(|| self.name(), |email| email.as_str().to_owned())
    }
}

impl Services {
    /// Whose account is linked to what a provider says; a new account where none is.
    ///
    /// # Errors
    /// `Conflict` for `email` when the provider's address has an account that is not linked: nothing is merged.
    pub async fn sign_in_with(&self, claimed: &Claimed) -> Result<UserId> {
        if let Some(user) = self.identities.lookup(&claimed.key).await? {
            security_log::signed_in(user, "provider");
            return Ok(user);
        }
        let identity = self.identity(claimed, UserId(Uuid::now_v7()));
        let person = NewPersonRow { name: claimed.name(), email: claimed.email.clone() };
        match self.identities.add_account(person, &identity).await {
            Ok(()) => {
                security_log::signed_in(identity.user, "provider");
                Ok(identity.user)
            }
            Err(RepositoryError::Exists { what: "account", .. }) => Err(ServiceError::Conflict(FieldError::new(
                "email",
                "clash",
                "this e-mail address has an account already: sign in to it, then link the two under Account, Security",
            ))),
            // Another window of the same person was quicker.
            Err(RepositoryError::Exists { .. }) => {
                self.identities.lookup(&claimed.key).await?.ok_or(ServiceError::SignInNeeded)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Links what a provider says to an account. Linking twice is harmless.
    ///
    /// # Errors
    /// `Conflict` for `identity` when it is linked to somebody else.
    pub async fn link_identity(&self, user: UserId, claimed: &Claimed) -> Result<()> {
        match self.identities.add(&self.identity(claimed, user)).await {
            Ok(()) => Ok(()),
            Err(RepositoryError::Exists { .. }) if self.identities.lookup(&claimed.key).await? == Some(user) => Ok(()),
            Err(RepositoryError::Exists { .. }) => Err(ServiceError::Conflict(FieldError::new(
                "identity",
                "linked_elsewhere",
                "this account signs in to another Matinee account: unlink it there first",
            ))),
            Err(error) => Err(error.into()),
        }
    }

    /// Unlinks it.
    ///
    /// # Errors
    /// `NotFound` when it is not linked to this person, `Conflict` when nothing else would let them in, or would be a second step where the
    /// operator asks for one.
    pub async fn unlink_identity(&self, user: UserId, key: &IdentityKey) -> Result<()> {
        self.may_give_up(user, GivingUp::Identity(key)).await?;
        match self.identities.remove(user, key).await? {
            Unlinking::Unlinked => Ok(()),
            Unlinking::NotLinked => Err(ServiceError::NotFound { what: "linked account", id: key.subject.clone() }),
            Unlinking::LastWayIn => Err(ServiceError::Conflict(FieldError::new(
                "identity",
                "last_way_in",
                "this is your only way to sign in: link another account first",
            ))),
        }
    }

    /// A person's linked accounts, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn linked_identities(&self, user: UserId) -> Result<Vec<Identity>> {
        Ok(self.identities.list(user).await?)
    }

    fn identity(&self, claimed: &Claimed, user: UserId) -> Identity {
        Identity {
            key: claimed.key.clone(),
            user,
            provider: claimed.provider.clone(),
            label: claimed.label(),
            linked_at: self.clock.now(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed(names: &[&str]) -> Claimed {
        let key = IdentityKey { issuer: "https://id.example.org".into(), subject: "1".into() };
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Claimed { key, provider: "example".into(), names, email: None, strength: Strength::OneFactor }
    }

    #[test]
    fn the_first_name_that_can_be_one_is_taken() {
        assert_eq!(claimed(&[" ", "\u{7}", "Ada\u{0}", "Bo"]).name(), "Ada");
        assert_eq!(claimed(&[]).name(), NAMELESS);
        assert_eq!(claimed(&[&"x".repeat(500)]).name().chars().count(), PersonName::MAX_CHARS);
    }
}
