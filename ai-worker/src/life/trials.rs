//! A trial's beginning and end: the database first, then the folder's pointer. What runs is what the database says; a pointer that was not
//! moved costs that the live model answers, and that is counted.

use matinee_domain::Timestamp;
use matinee_services::ports::{ModelState, RepositoryError, Trial};
use uuid::Uuid;

use super::{Life, LifeError};

/// What becomes of the model on trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialEnd {
    /// It is what it was before, and the live one stays.
    LiveStays,
    /// It takes the live one's place.
    Promoted,
}

impl Life {
    /// Puts a model on trial: a `share` of the people, 0.001 to 0.999, get its recommendations from now on.
    ///
    /// # Errors
    /// When there is no such model or no live one, it is live itself or its files are damaged, the share is none, or another trial
    /// runs. Then nothing has changed.
    pub async fn start_trial(&self, name: &str, share: f64, now: Timestamp) -> Result<Trial, LifeError> {
        let share_permille = permille(share).ok_or(LifeError::Share(share))?;
        if let Some(running) = self.trials.lookup_running_trial().await? {
            return Err(LifeError::TrialRuns(running.model));
        }
        if !self.directory.holds(name) {
            return Err(LifeError::Unknown(name.to_owned()));
        }
        let live = self.registry.lookup_live_model().await?.ok_or(LifeError::NoLive)?;
        if live.name == name {
            return Err(LifeError::IsLive(name.to_owned()));
        }
        self.register(name, ModelState::Candidate, now).await?;
        if self.registered_shadow().await?.as_deref() == Some(name) {
            // It need not be in memory twice.
            self.end_shadow(now).await?;
        }
        let (model, against) = (name.to_owned(), live.name);
        let trial = Trial { id: Uuid::new_v4(), model, against, share_permille, started_at: now, ended_at: None };
        match self.trials.add_trial(&trial).await {
            Ok(()) => {}
            // Somebody else began one at the same time.
            Err(RepositoryError::Exists { .. }) => return Err(LifeError::TrialRuns("another".to_owned())),
            Err(error) => return Err(error.into()),
        }
        self.directory.set_trial(Some(name))?;
        Ok(trial)
    }

    /// Ends the trial that runs: everybody gets the live model's recommendations again.
    /// Returns the trial; `None` where none ran.
    ///
    /// # Errors
    /// When the registry does not answer, or a model that is to be promoted can't be loaded: then the trial goes on.
    pub async fn end_trial(&self, how: TrialEnd, now: Timestamp) -> Result<Option<Trial>, LifeError> {
        let Some(trial) = self.trials.lookup_running_trial().await? else {
            self.directory.set_trial(None)?;
            return Ok(None);
        };
        if how == TrialEnd::Promoted {
            self.directory.load(&trial.model)?;
        }
        self.trials.end_trial(trial.id, now).await?;
        if how == TrialEnd::Promoted {
            self.go_live(&trial.model, None, now).await?;
        }
        self.directory.set_trial(None)?;
        Ok(Some(Trial { ended_at: Some(now), ..trial }))
    }
}

/// A share in people of a thousand.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is looked at first")]
fn permille(share: f64) -> Option<u16> {
    let permille = (share * 1_000.0).round();
    if !(0.0..=1_000.0).contains(&permille) {
        return None;
    }
    Some(permille as u16).filter(|permille| Trial::SHARES.contains(permille))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_part_of_the_people_that_is_neither_nobody_nor_everybody() {
        assert_eq!([0.2, 0.001, 0.5, 0.999].map(permille), [Some(200), Some(1), Some(500), Some(999)]);
        assert_eq!([0.0, 1.0, -0.2, 20.0, 0.0001, f64::NAN, f64::INFINITY].map(permille), [None; 7]);
    }
}
