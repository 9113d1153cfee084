//! A person's own sessions: seeing them, and ending them.

use matinee_domain::UserId;

use crate::{
    Result, Services,
    ports::{RepositoryError, StoredSession},
};

impl Services {
    /// A person's sessions, the one used last first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn my_sessions(&self, user: UserId) -> Result<Vec<StoredSession>> {
        Ok(self.sessions.list(user, self.clock.now()).await?)
    }

    /// Ends the one of a person's sessions that `is_it` says. It is over on every instance with its next request.
    ///
    /// # Errors
    /// `NotFound` when it is none of theirs.
    pub async fn end_session(&self, user: UserId, is_it: impl Fn(&StoredSession) -> bool + Send) -> Result<()> {
        let theirs = self.sessions.list(user, self.clock.now()).await?;
        let Some(session) = theirs.into_iter().find(|session| is_it(session)) else {
            return Err(RepositoryError::NotFound { what: "session", id: "of that name".to_owned() }.into());
        };
        Ok(self.sessions.remove(&session.id).await?)
    }

    /// Ends all of a person's sessions but the one of the id `keep`; returns how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_other_sessions(&self, user: UserId, keep: Option<&str>) -> Result<u64> {
        Ok(self.sessions.remove_all(user, keep).await?)
    }
}
