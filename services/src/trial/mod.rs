//! Trials of models on people: who gets whose recommendations, what counts, and what came of it.
//!
//! A person's arm follows from their id and the trial's ([`Trial::arm`]), so nothing is kept for it. The first films of a list that is
//! shown are taken down for the person whose list it is, and what they do with them within a week is counted for the list's arm:
//! the page opened, a rating, "not interested". Links carry nothing. Whoever keeps no history is not counted. All of it goes through
//! [`TrialWatch::observe`](crate::ports::TrialWatch::observe), which no page waits for.

mod report;
mod statistics;

pub use report::{ArmReport, Measure, TrialReport};
pub use statistics::{Difference, Interval, Part, difference};

use matinee_domain::{MovieId, UserId};

use crate::{
    Result, Services,
    access::{Allowed, SeeOperation},
    ports::{Arm, Counts, Happened, Observed, RepositoryResult, ShownFilm, Trial, TrialRepository},
};

impl Services {
    /// The person's arm, if a trial runs.
    pub(crate) fn arm_of(&self, person: UserId) -> Option<Arm> {
        Some(self.trial_watch.running()?.arm(person))
    }

    /// The model on trial, where it is to make the person's lists.
    pub(crate) fn model_wanted(&self, person: UserId) -> Option<String> {
        let trial = self.trial_watch.running()?;
        (trial.arm(person) == Arm::Trial).then(|| trial.model.clone())
    }

    /// Has something counted, if a trial runs.
    pub(crate) fn note(&self, person: UserId, what: impl FnOnce() -> Happened) {
        if let Some(trial) = self.trial_watch.running() {
            self.trial_watch.observe(Observed { trial: trial.id, person, what: what(), at: self.clock.now() });
        }
    }

    /// Has the first films of a list counted as shown.
    pub(crate) fn note_shown(&self, person: UserId, arm: Option<Arm>, movies: impl Iterator<Item = MovieId>) {
        if let Some(arm) = arm {
            self.note(person, || Happened::Shown { arm, movies: movies.take(Trial::SHOWN).collect() });
        }
    }

    /// The latest trial with what came of it so far; `None` where there was none yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn trial_report(&self, _: &Allowed<SeeOperation>) -> Result<Option<TrialReport>> {
        Ok(report(self.trials.as_ref()).await?)
    }

    /// What a person was shown in the trials that run.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn my_shown(&self, person: UserId) -> Result<Vec<ShownFilm>> {
        Ok(self.trials.list_shown(person).await?)
    }
}

/// The latest trial with what came of it so far.
///
/// # Errors
/// When the database does not answer.
pub async fn report(trials: &dyn TrialRepository) -> RepositoryResult<Option<TrialReport>> {
    let Some(latest) = trials.list_trials(1).await?.pop() else { return Ok(None) };
    let counts = trials.list_counts(latest.id).await?;
    let of = |arm| counts.iter().filter(|day| day.arm == arm).fold(Counts::default(), |sum, day| sum + day.counts);
    Ok(Some(TrialReport::new(latest, of(Arm::Live), of(Arm::Trial))))
}
