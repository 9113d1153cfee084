use std::sync::Arc;

use async_trait::async_trait;
use matinee_domain::{MovieId, Stars, Timestamp, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::RepositoryResult;

/// A trial of a model: a part of the people get its recommendations instead of the live model's, until it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Random, for it is the key by which people are assigned.
    pub id: Uuid,
    /// The model on trial.
    pub model: String,
    /// The model that was live when it began.
    pub against: String,
    /// Of a thousand people so many get the model on trial: [`Trial::SHARES`].
    pub share_permille: u16,
    pub started_at: Timestamp,
    /// `None` while it runs.
    pub ended_at: Option<Timestamp>,
}

/// Whose recommendations a person gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arm {
    /// Those of the live model.
    Live,
    /// Those of the model on trial.
    Trial,
}

impl Arm {
    pub const BOTH: [Self; 2] = [Self::Live, Self::Trial];

    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Trial => "trial",
        }
    }

    /// The arm of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::BOTH.into_iter().find(|arm| arm.name() == name)
    }
}

impl Trial {
    /// Shares that a trial may have, in people of a thousand.
    pub const SHARES: std::ops::RangeInclusive<u16> = 1..=999;
    /// What a person does with a film counts for so many days after it was last among their first ones.
    pub const COUNTS_FOR_DAYS: i64 = 7;
    /// Films at the top of a list that count as shown.
    pub const SHOWN: usize = 10;
    /// Films of one trial that are kept for one person; what is shown later is not counted.
    pub const MOST_FILMS: usize = 300;
    /// The fewest half stars of a rating that counts as liking: four stars.
    pub const LIKED_FROM: i16 = 8;

    /// A person's arm: by a digest of trial and person, so that nothing is kept for it, every instance says the same, and who is in
    /// which arm of one trial says nothing of another.
    pub fn arm(&self, person: UserId) -> Arm {
        let digest = Sha256::new().chain_update(self.id.as_bytes()).chain_update(person.0.as_bytes()).finalize();
        let place = digest.iter().take(8).fold(0_u64, |place, byte| place << 8 | u64::from(*byte));
        // The part of all places below `place`, in thousandths.
        let permille = (u128::from(place) * 1_000) >> 64;
        if permille < u128::from(self.share_permille) { Arm::Trial } else { Arm::Live }
    }
}

/// Something that counts for a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    pub trial: Uuid,
    pub person: UserId,
    pub what: Happened,
    pub at: Timestamp,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// These were the first films of a list that the arm's model made, [`Trial::SHOWN`] at most.
    Shown {
        arm: Arm,
        movies: Vec<MovieId>,
    },
    /// The model on trial did not answer, and the live one did.
    Missed,
    /// The film's page was opened.
    Opened(MovieId),
    Rated(MovieId, Stars),
    /// Marked as not interesting.
    Dismissed(MovieId),
}

/// What was counted, for one arm. Of each person and film everything counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// People who were shown a list.
    pub people: u64,
    /// Films that they were shown.
    pub films: u64,
    /// Of those films, the opened ones; and of the people, those who opened one; and so on.
    pub opened: u64,
    pub people_opened: u64,
    pub rated: u64,
    pub people_rated: u64,
    /// Half stars of all those ratings together.
    pub half_stars: u64,
    /// Rated with four stars or more.
    pub liked: u64,
    pub people_liked: u64,
    pub dismissed: u64,
    pub people_dismissed: u64,
    /// How often the model on trial did not answer (each person counts a few times a day at most).
    pub missed: u64,
}

/// What was counted on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCounts {
    pub arm: Arm,
    /// Days since 1970, in UTC.
    pub day: i64,
    pub counts: Counts,
}

/// A film that a person was shown, for that person to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownFilm {
    pub movie: MovieId,
    pub arm: Arm,
    pub shown_at: Timestamp,
    pub opened_at: Option<Timestamp>,
    pub half_stars: Option<i16>,
    pub dismissed_at: Option<Timestamp>,
}

/// Trials, and what is counted for them.
#[async_trait]
pub trait TrialRepository: Send + Sync {
    /// # Errors
    /// [`RepositoryError::Exists`](super::RepositoryError::Exists) when one runs.
    async fn add_trial(&self, trial: &Trial) -> RepositoryResult<()>;
    /// Ends a trial; `false` where it doesn't run.
    async fn end_trial(&self, id: Uuid, now: Timestamp) -> RepositoryResult<bool>;
    async fn lookup_running_trial(&self) -> RepositoryResult<Option<Trial>>;
    /// The latest first.
    async fn list_trials(&self, limit: u32) -> RepositoryResult<Vec<Trial>>;
    /// Counts what happened, if the trial runs and the person keeps their history. Of the same person and film each thing counts once,
    /// and what is done with a film only within [`Trial::COUNTS_FOR_DAYS`] after it was shown. Not journaled.
    async fn observe(&self, observed: &Observed) -> RepositoryResult<()>;
    /// What was counted for a trial.
    async fn list_counts(&self, trial: Uuid) -> RepositoryResult<Vec<DayCounts>>;
    /// Films that a person was shown in trials that run.
    async fn list_shown(&self, person: UserId) -> RepositoryResult<Vec<ShownFilm>>;
    /// Forgets who was shown what in trials that have ended; returns how many rows that were.
    async fn forget_shown(&self) -> RepositoryResult<u64>;
}

/// The trial that runs, as this process knows it, and what takes down what happens. Neither waits for anything.
pub trait TrialWatch: Send + Sync {
    fn running(&self) -> Option<Arc<Trial>>;
    /// Has it counted soon, or drops it where too much waits.
    fn observe(&self, observed: Observed);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(id: u128, share_permille: u16) -> Trial {
        let (model, against) = ("new".to_owned(), "old".to_owned());
        let started_at = Timestamp::UNIX_EPOCH;
        Trial { id: Uuid::from_u128(id), model, against, share_permille, started_at, ended_at: None }
    }

    fn people() -> impl Iterator<Item = UserId> {
        (0..20_000_u128).map(|number| UserId(Uuid::from_u128(number * 7 + 3)))
    }

    #[test]
    fn the_same_person_is_always_in_the_same_arm_and_the_arms_have_their_shares() {
        for share in [1, 200, 500, 999] {
            let (one, again) = (trial(4, share), trial(4, share));
            assert!(people().all(|person| one.arm(person) == again.arm(person)));
            let on_trial = people().filter(|person| one.arm(*person) == Arm::Trial).count();
            // Of 20,000 people; five standard deviations around what is expected.
            let expected = f64::from(share) * 20.0;
            let spread = 5.0 * (expected * (1.0 - f64::from(share) / 1_000.0)).sqrt();
            let found = f64::from(u32::try_from(on_trial).unwrap());
            assert!((found - expected).abs() < spread, "{found} people of {expected}");
        }
    }

    #[test]
    fn who_is_in_an_arm_of_one_trial_is_in_any_arm_of_another() {
        let (one, other) = (trial(1, 200), trial(2, 200));
        let both = people().filter(|person| one.arm(*person) == Arm::Trial && other.arm(*person) == Arm::Trial);
        // 4 % of 20,000; five standard deviations are 139.
        assert!((661..=939).contains(&both.count()));
    }

    #[test]
    fn a_greater_share_of_a_trial_takes_nobody_out_of_it() {
        let (small, large) = (trial(1, 100), trial(1, 300));
        assert!(people().all(|person| small.arm(person) == Arm::Live || large.arm(person) == Arm::Trial));
    }
}
