//! The use cases of Matinee, and the ports they need.
//!
//! A use case is a method of [`Services`], one file for each subject (`browse`, `rate`, `recommend`, …). It checks what
//! it is given, asks the ports, and returns domain types or a [`ServiceError`]. It knows nothing of HTTP, SQL, tantivy
//! or ONNX: those stand behind the traits in [`ports`], which `store`, `search`, `ai-worker` and `server` implement.

pub mod access;
pub mod accounts;
pub mod activity;
pub mod browse;
pub mod changes;
pub mod common_passwords;
pub mod describing;
pub mod duty;
pub mod editing;
pub mod error;
pub mod evening;
mod guessing;
pub mod home;
pub mod identities;
pub mod importing;
pub mod journal;
pub mod mail;
mod next;
pub mod passkeys;
pub mod people;
pub mod ports;
pub mod provenance;
pub mod rate;
pub mod recommend;
pub mod recovery;
pub mod searching;
pub mod second_factor;
pub mod security_log;
pub mod sessions;
pub mod tokens;
pub mod totp;
pub mod trial;
pub mod tuning;

use std::{ops::Deref, sync::Arc};

pub use error::{Result, ServiceError, causes};
use ports::{
    AccountRepository, ActivityRepository, Clock, Describer, EveningRepository, FilmEditing, FilmMatcher,
    HistoryRepository, IdentityRepository, KnobRepository, MailTokenRepository, MovieRepository, PasskeyRepository,
    PasswordHasher, PeopleRepository, Postbox, RatingRepository, Recommender, SearchIndex, SecondFactorRepository,
    SessionRepository, SignInFailureRepository, TokenRepository, TrialRepository, TrialWatch,
};

/// The use cases. Cheap to clone; one for each process.
#[derive(Clone)]
pub struct Services(Arc<Ports>);

impl From<Ports> for Services {
    fn from(ports: Ports) -> Self {
        Self(Arc::new(ports))
    }
}

impl Deref for Services {
    type Target = Ports;

    fn deref(&self) -> &Ports {
        &self.0
    }
}

/// Everything the use cases need.
pub struct Ports {
    pub accounts: Arc<dyn AccountRepository>,
    pub activity: Arc<dyn ActivityRepository>,
    pub clock: Arc<dyn Clock>,
    pub describer: Arc<dyn Describer>,
    pub duty: duty::Duty,
    pub editing: Arc<dyn FilmEditing>,
    pub evenings: Arc<dyn EveningRepository>,
    pub factors: Arc<dyn SecondFactorRepository>,
    pub failures: Arc<dyn SignInFailureRepository>,
    pub history: Arc<dyn HistoryRepository>,
    pub identities: Arc<dyn IdentityRepository>,
    pub knobs: Arc<dyn KnobRepository>,
    pub mail_tokens: Arc<dyn MailTokenRepository>,
    pub matcher: Arc<dyn FilmMatcher>,
    pub movies: Arc<dyn MovieRepository>,
    pub passkeys: Arc<dyn PasskeyRepository>,
    pub passwords: Arc<dyn PasswordHasher>,
    pub people: Arc<dyn PeopleRepository>,
    pub postbox: Arc<dyn Postbox>,
    pub ratings: Arc<dyn RatingRepository>,
    pub recommender: Arc<dyn Recommender>,
    pub search: Arc<dyn SearchIndex>,
    pub sessions: Arc<dyn SessionRepository>,
    pub tokens: Arc<dyn TokenRepository>,
    pub trial_watch: Arc<dyn TrialWatch>,
    pub trials: Arc<dyn TrialRepository>,
}
