//! What the use cases need from outside, one trait for each concern.
//!
//! `lookup_*` returns an `Option`, `get_*` and `list_*` a value, `add_*`, `set_*` and `remove_*` change something.
//! Implementations bound every queue, put a time limit on every call, and return an error rather than panic.

mod accounts;
mod activity;
mod catalogue;
mod clock;
mod describer;
mod editing;
mod evenings;
mod history;
mod identities;
mod knobs;
mod mail;
mod matching;
mod models;
mod movies;
mod passkeys;
mod passwords;
mod people;
mod ratings;
mod recommender;
mod search;
mod second_factors;
mod sessions;
mod shard;
mod sign_in_attempts;
mod sign_in_failures;
mod tokens;
mod training;
mod trials;

pub use accounts::{AccountRepository, Credentials, NewAccountRow};
pub use activity::{ActivityRepository, Opinion, Opinions, StoredActivity, Taste, View};
pub use catalogue::{CatalogueWriter, ImportKey, ImportProgress, ImportedMovie, ImportedRating, MovieFacts, Placement};
pub use clock::{Clock, SystemClock};
pub use describer::{Describer, NearMovie};
pub use editing::{Edited, FilmData, FilmEditing, VersionedFilm};
pub use evenings::{Evening, EveningRepository, Guest, Joining, NewEvening};
pub use history::{
    ChangeSet, ChangedBy, ChangedRow, Conflict, FilmChanges, HistoryRepository, NoRowName, Obstacle, OnConflict,
    PlannedRow, PruneReport, RatedFilms, Retention, RevertReport, RowName, SelectBy, Selection, Step,
};
pub use identities::{Identity, IdentityKey, IdentityRepository, NewPersonRow, Unlinking};
pub use knobs::KnobRepository;
pub use mail::{Confirmed, Language, Letter, MailPurpose, MailToken, MailTokenRepository, Postbox, PostboxFull, Says};
pub use matching::{FilmMatch, FilmMatcher};
pub use models::{ModelRegistry, ModelState, RegisteredModel};
pub use movies::{MovieRepository, SitemapEntry};
pub use passkeys::{Passkey, PasskeyRemoval, PasskeyRepository};
pub use passwords::{HashingError, PasswordHasher};
pub use people::{PeopleRepository, Person, RoleChange};
pub use ratings::RatingRepository;
pub use recommender::{
    Asker, ModelStatus, RankedBy, Recall, RecommendRequest, Recommender, RecommenderError, ScoreTerm, ScoredMovie,
    ShadowReport, SimilarMovie, TermSource,
};
pub use search::{IndexedMovie, SearchError, SearchHits, SearchIndex};
pub use second_factors::{FactorTry, GivenFactor, SecondFactor, SecondFactorRepository};
pub use sessions::{SessionRepository, StoredSession};
pub use shard::{NoShard, Shard};
pub use sign_in_attempts::{SignInAttempt, SignInAttemptRepository};
pub use sign_in_failures::{Failures, SignInFailureRepository, Trier};
pub use tokens::TokenRepository;
pub use training::{TrainingRating, TrainingRepository};
pub use trials::{Arm, Counts, DayCounts, Happened, Observed, ShownFilm, Trial, TrialRepository, TrialWatch};

use thiserror::Error;

/// Why a repository did not answer.
#[derive(Debug, Error)]
pub enum RepositoryError {
    /// The row that was to be changed or that another row points to isn't there.
    #[error("there is no {what} {id}")]
    NotFound { what: &'static str, id: String },
    /// A row of that key exists.
    #[error("there is a {what} of that {key} already")]
    Exists { what: &'static str, key: &'static str },
    /// A stored value is not what it must be.
    #[error("{what} {id} in the database is damaged: {reason}")]
    Damaged { what: &'static str, id: String, reason: String },
    /// More is asked than is done at once.
    #[error("more than {limit} {what}: choose fewer")]
    TooMuch { what: &'static str, limit: u64 },
    /// The database could not be reached, refused, or took too long.
    #[error("database: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What a repository returns.
pub type RepositoryResult<T> = Result<T, RepositoryError>;
