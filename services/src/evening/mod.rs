//! Films for an evening together: who plans one invites by a link, whoever joins lets the others see what the model makes of their taste,
//! and all see one list ([`aggregate`] has the formulas).
//!
//! Taking part is the consent: it is asked for on a page that says what is shared, can be taken back at any time, and ends with the evening.

mod aggregate;
mod list;

use chrono::TimeDelta;
use matinee_domain::{FieldError, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use aggregate::Aggregation;
pub use list::{ForOne, JointFilm, JointList};

use crate::{
    Result, ServiceError, Services,
    ports::{Evening, Joining, NewEvening, RepositoryError},
};

/// People who may take part in one, its host included.
pub const MAX_GUESTS: u32 = 6;
/// Evenings that one person may plan at a time.
pub const MAX_EVENINGS: u32 = 5;
/// How long an evening and its link are good.
pub const LIFE_HOURS: i64 = 48;

/// Characters of a link's secret: two random UUIDs.
const LINK_CHARS: usize = 64;

impl Services {
    /// Begins to plan an evening. The secret of the link that invites to it is returned here and kept nowhere.
    ///
    /// # Errors
    /// `Invalid` where the person plans as many as they may.
    pub async fn plan_evening(&self, host: UserId) -> Result<(Evening, String)> {
        let (secret, link_hash) = new_link();
        let now = self.clock.now();
        let expires_at = now + TimeDelta::hours(LIFE_HOURS);
        let evening = NewEvening { id: Uuid::new_v4(), host, link_hash, created_at: now, expires_at };
        match self.evenings.add_evening(&evening, MAX_EVENINGS).await {
            Ok(()) => Ok((self.evening(host, evening.id).await?, secret)),
            Err(RepositoryError::TooMuch { .. }) => {
                let words = format!("you plan {MAX_EVENINGS} evenings already: end one that is over");
                Err(FieldError::new("evening", "too_many", words).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The evenings that I take part in, the latest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn my_evenings(&self, me: UserId) -> Result<Vec<Evening>> {
        Ok(self.evenings.list_evenings(me, self.clock.now()).await?)
    }

    /// An evening that I take part in.
    ///
    /// # Errors
    /// `NotFound` where there is no such one, or it is over.
    pub async fn evening(&self, me: UserId, id: Uuid) -> Result<Evening> {
        let found = self.evenings.lookup_evening(id, self.clock.now()).await?;
        found.filter(|evening| evening.guests.iter().any(|guest| guest.user == me)).ok_or_else(|| over(id))
    }

    /// The evening that a link invites to, for whoever has the link.
    ///
    /// # Errors
    /// `NotFound` where the link leads nowhere, any more or ever.
    pub async fn invitation(&self, secret: &str) -> Result<Evening> {
        let digest = digest(secret).ok_or_else(no_link)?;
        self.evenings.lookup_evening_by_link(&digest, self.clock.now()).await?.ok_or_else(no_link)
    }

    /// Takes part in the evening of that link, which shows the others what the model makes of my taste.
    ///
    /// # Errors
    /// `NotFound` where the link leads nowhere, `Conflict` where as many take part as may.
    pub async fn join_evening(&self, me: UserId, secret: &str) -> Result<Uuid> {
        let digest = digest(secret).ok_or_else(no_link)?;
        match self.evenings.join_evening(&digest, me, self.clock.now(), MAX_GUESTS).await? {
            Joining::Joined(id) => Ok(id),
            Joining::NoSuchLink => Err(no_link()),
            Joining::Full => {
                let words = format!("{MAX_GUESTS} people take part already, and more can't");
                Err(ServiceError::Conflict(FieldError::new("evening", "full", words)))
            }
        }
    }

    /// A new link in place of the one that invites to an evening of mine; the old one leads nowhere from now on.
    ///
    /// # Errors
    /// `NotFound` where I plan no such evening.
    pub async fn renew_evening_link(&self, host: UserId, id: Uuid) -> Result<String> {
        let (secret, link_hash) = new_link();
        let is_mine = self.evenings.set_evening_link(id, host, Some(&link_hash)).await?;
        is_mine.then_some(secret).ok_or_else(|| over(id))
    }

    /// Revokes the link to an evening of mine; who takes part stays.
    ///
    /// # Errors
    /// `NotFound` where I plan no such evening.
    pub async fn revoke_evening_link(&self, host: UserId, id: Uuid) -> Result<()> {
        let is_mine = self.evenings.set_evening_link(id, host, None).await?;
        is_mine.then_some(()).ok_or_else(|| over(id))
    }

    /// Takes part no more. Nothing of my taste is in the list from then on.
    ///
    /// # Errors
    /// `NotFound` where I don't take part, or plan it myself: then it can be ended.
    pub async fn leave_evening(&self, me: UserId, id: Uuid) -> Result<()> {
        self.evenings.leave_evening(id, me).await?.then_some(()).ok_or_else(|| over(id))
    }

    /// Ends an evening of mine for all.
    ///
    /// # Errors
    /// `NotFound` where I plan no such evening.
    pub async fn end_evening(&self, host: UserId, id: Uuid) -> Result<()> {
        self.evenings.remove_evening(id, host).await?.then_some(()).ok_or_else(|| over(id))
    }
}

/// A secret, and what is kept of it.
fn new_link() -> (String, String) {
    let secret = [Uuid::new_v4(), Uuid::new_v4()].map(|half| half.simple().to_string()).concat();
    let hash = hash(&secret);
    (secret, hash)
}

/// What is kept of a secret, if it can be one.
fn digest(secret: &str) -> Option<String> {
    (secret.len() == LINK_CHARS).then(|| hash(secret))
}

/// A secret has 244 random bits, so one round of SHA-256 is enough.
fn hash(secret: &str) -> String {
    format!("{:x}", Sha256::digest(secret.as_bytes()))
}

fn over(id: Uuid) -> ServiceError {
    ServiceError::NotFound { what: "evening of yours", id: id.to_string() }
}

fn no_link() -> ServiceError {
    ServiceError::NotFound { what: "evening", id: "of that link: it was revoked, or the evening is over".to_owned() }
}
