use async_trait::async_trait;
use matinee_domain::{Event, Knobs, MovieId, Stars, Timestamp, UserId, activity::Mark};

use super::RepositoryResult;

/// Everything a recommendation needs to know of a person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taste {
    /// Latest first. One event a film, the strongest kind (rated, then searched, then viewed). Films marked
    /// [`Mark::NotBecause`] are left out here but not in `hidden`.
    pub events: Vec<Event>,
    /// Films not to be recommended: rated ones and those marked [`Mark::NotInterested`].
    pub hidden: Vec<MovieId>,
    /// How many films the person rated.
    pub rated: u64,
    /// Tells apart all that the person ever said of films, also what is not among these events: another one, and something of it changed.
    pub opinions: u64,
    /// How the person tuned their list.
    pub knobs: Knobs,
}

/// What a person said of films: a [`Taste`] without what they looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opinions {
    /// Latest first. Films marked [`Mark::NotBecause`] are left out here but not in `hidden`.
    pub rated: Vec<Event>,
    /// Films not to be recommended: rated ones and those marked [`Mark::NotInterested`].
    pub hidden: Vec<MovieId>,
    /// As [`Taste::opinions`].
    pub digest: u64,
    /// How the person tuned their list.
    pub knobs: Knobs,
}

/// What a person said of one film.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opinion {
    pub stars: Option<Stars>,
    pub not_interested: bool,
}

/// One kept search or view.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredActivity {
    pub query: Option<String>,
    pub movie: MovieId,
    pub at: Timestamp,
}

/// That somebody opened a film.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    pub user: UserId,
    pub movie: MovieId,
    /// The search that led there.
    pub query: Option<String>,
    pub at: Timestamp,
    /// The request that it was, for the journal.
    pub request_id: Option<String>,
}

/// Weak events (searches and views) and marks.
#[async_trait]
pub trait ActivityRepository: Send + Sync {
    /// Keeps that a film was opened, from a search for `query` or otherwise. The same film by the same way counts once,
    /// at its latest moment. Does nothing where the person keeps no history.
    async fn add_view(&self, user: UserId, movie: MovieId, query: Option<&str>, at: Timestamp) -> RepositoryResult<()>;
    /// Keeps several views at once, each as [`ActivityRepository::add_view`] does and journaled by itself. Those of people who
    /// are not there any more are left out; where a film isn't there, none is kept.
    async fn add_views(&self, views: &[View]) -> RepositoryResult<()>;
    /// Latest first.
    async fn list(&self, user: UserId, limit: u32) -> RepositoryResult<Vec<StoredActivity>>;
    /// Forgets all searches and views, those of trials with them.
    async fn clear(&self, user: UserId) -> RepositoryResult<()>;
    async fn set_mark(&self, user: UserId, movie: MovieId, mark: Mark, at: Timestamp) -> RepositoryResult<()>;
    async fn remove_mark(&self, user: UserId, movie: MovieId, mark: Mark) -> RepositoryResult<()>;
    /// Marked films, latest first.
    async fn list_marked(&self, user: UserId, mark: Mark) -> RepositoryResult<Vec<MovieId>>;
    /// What the person said, and what of that of this film, in one query.
    async fn get_opinions(&self, user: UserId, movie: MovieId) -> RepositoryResult<(Opinions, Opinion)>;
    /// What the person did, `max_events` at most, in one query.
    async fn get_taste(&self, user: UserId, max_events: u32) -> RepositoryResult<Taste>;
}
