use std::{
    collections::BTreeSet,
    fmt::{self, Display, Formatter},
    str::FromStr,
};

use async_trait::async_trait;
use matinee_domain::{ChangeSetId, MovieId, Timestamp, UserId};
use serde::Serialize;

use super::RepositoryResult;

/// Which change sets are meant, and which of their rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    pub by: SelectBy,
    /// Only what was changed at this moment or later.
    pub since: Option<Timestamp>,
}

impl Selection {
    /// Whether it can't be all of history by mistake: one change set, an import, or a span of time.
    pub const fn is_narrow(&self) -> bool {
        matches!(self.by, SelectBy::ChangeSet(_) | SelectBy::Import(_)) || self.since.is_some()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectBy {
    Everything,
    ChangeSet(ChangeSetId),
    /// What is part of this film: not what people said of it. The import that brought it as one of many is listed, but not
    /// taken back.
    Movie(MovieId),
    /// What this person owns.
    Person(UserId),
    /// What this person did.
    Actor(UserId),
    /// The imports of this note, which is what was given to the command.
    Import(String),
}

/// Who made a change set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedBy {
    /// Without an id once the person was erased.
    Person(Option<UserId>),
    Operator,
    System,
}

/// A change set, without its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeSet {
    pub id: ChangeSetId,
    pub at: Timestamp,
    pub by: ChangedBy,
    pub request_id: Option<String>,
    /// What was done, such as `rate` or `import`.
    pub reason: String,
    pub note: Option<String>,
    /// Entries of [`ChangedRow`]; bulk writes have one for many rows.
    pub entries: u64,
    /// The change sets that this one took back.
    pub reverts: Vec<ChangeSetId>,
    /// The change sets that took this one back.
    pub reverted_by: Vec<ChangeSetId>,
}

/// A changed row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangedRow {
    pub position: u64,
    pub table: String,
    /// A JSON array of the key's values; empty for rows added in bulk.
    pub key: String,
    pub version_before: Option<i64>,
    pub version_after: Option<i64>,
    /// A JSON object; none where the row was not there, or what it held is not kept.
    pub before: Option<String>,
    /// A JSON object; none where the row was removed, or what it held is not known any more.
    pub after: Option<String>,
    /// Rows added in bulk that this entry stands for.
    pub added_in_bulk: u64,
}

/// What to do about rows that can't simply be put back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Change nothing at all.
    #[default]
    Refuse,
    /// Take the other rows back.
    Skip,
    /// Put them back all the same.
    Force,
    /// Put these back all the same. Where others are in the way, leave those as they are, or change nothing at all.
    ForceThese { rows: BTreeSet<RowName>, skip_others: bool },
}

impl OnConflict {
    /// Whether this row is put back all the same.
    pub fn forces(&self, table: &str, key: &str) -> bool {
        match self {
            Self::Refuse | Self::Skip => false,
            Self::Force => true,
            Self::ForceThese { rows, .. } => rows.iter().any(|row| row.table == table && row.key == key),
        }
    }

    /// Whether nothing at all is changed, for a conflict is left.
    pub fn refuses(&self, report: &RevertReport) -> bool {
        let wants_none_left = matches!(self, Self::Refuse | Self::ForceThese { skip_others: false, .. });
        wants_none_left && report.conflict_count > report.overridden
    }
}

/// A row as a report lists it: `ratings ["0193…","0193…"]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowName {
    pub table: String,
    /// A JSON array of the key's values.
    pub key: String,
}

impl FromStr for RowName {
    type Err = NoRowName;

    fn from_str(text: &str) -> Result<Self, NoRowName> {
        let (table, key) = text.trim().split_once(' ').ok_or(NoRowName)?;
        // However it is spaced.
        let key: Vec<serde_json::Value> = serde_json::from_str(key).map_err(|_| NoRowName)?;
        Ok(Self { table: table.to_owned(), key: serde_json::Value::Array(key).to_string() })
    }
}

impl Display for RowName {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.table, self.key)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("name a row as the list of conflicts does: its table, a space, and its key in brackets")]
pub struct NoRowName;

/// What a rollback does to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It is brought back.
    Restore,
    /// It is made what it was.
    Change,
    /// It goes, for it was not there.
    Remove,
}

/// A row of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedRow {
    pub table: String,
    pub key: String,
    pub step: Step,
}

/// Why a row can't simply be put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// It was changed, removed or made again after the selected change sets.
    ChangedSince,
    /// A change set between the selected ones, which is not selected, changed it.
    ChangedBetween,
    /// Other rows need it: so many of this table.
    StillNeeded { table: String, rows: u64 },
    /// It belongs to a row that isn't there any more.
    ParentGone { table: String },
    /// Its value must be its own, and another row has it now.
    Taken { column: String },
}

impl Obstacle {
    /// Not where the row would have no place.
    pub fn may_be_forced(&self) -> bool {
        !matches!(self, Self::ParentGone { .. } | Self::Taken { .. })
    }
}

/// A row that can't simply be put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    pub table: String,
    pub key: String,
    pub obstacle: Obstacle,
}

impl Conflict {
    pub fn row(&self) -> RowName {
        RowName { table: self.table.clone(), key: self.key.clone() }
    }
}

/// What a rollback did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RevertReport {
    /// The change set of the rollback itself; none where nothing was changed.
    pub change_set: Option<ChangeSetId>,
    /// Change sets that are taken back, latest first.
    pub reverted: Vec<ChangeSetId>,
    pub restored: u64,
    pub changed: u64,
    pub removed: u64,
    /// The first rows, [`RevertReport::MAX_LISTED`] at most.
    pub rows: Vec<PlannedRow>,
    pub conflict_count: u64,
    /// Conflicts whose row was put back all the same.
    pub overridden: u64,
    /// The first conflicts, [`RevertReport::MAX_LISTED`] at most.
    pub conflicts: Vec<Conflict>,
}

impl RevertReport {
    /// Rows and conflicts that a report lists.
    pub const MAX_LISTED: usize = 1_000;
}

/// How long history is kept: a change goes when it is older than `older_than` and its row has `keep_versions` later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    pub older_than: Timestamp,
    pub keep_versions: u32,
}

/// What pruning dropped, or would drop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PruneReport {
    pub change_sets: u64,
    pub entries: u64,
    /// Partitions that go whole, where the engine has some; what they hold is counted above.
    pub partitions: Vec<String>,
}

/// What was changed of films, for whatever follows the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilmChanges {
    /// Films whose data was changed, with the change set, latest first; [`FilmChanges::MAX_LISTED`] at most.
    pub films: Vec<(ChangeSetId, MovieId)>,
    /// There are more than are listed: whoever follows looks at all films.
    pub are_many: bool,
    /// Grows as imports go on.
    pub import_entries: u64,
}

impl FilmChanges {
    pub const MAX_LISTED: usize = 1_000;
}

/// Whose films' ratings were changed, for whatever shows how films are rated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RatedFilms {
    /// Films with the change set, latest first; [`RatedFilms::MAX_LISTED`] at most.
    pub films: Vec<(ChangeSetId, MovieId)>,
    /// There are more than are listed.
    pub are_many: bool,
}

impl RatedFilms {
    pub const MAX_LISTED: usize = 5_000;
}

/// The journal of every change.
#[async_trait]
pub trait HistoryRepository: Send + Sync {
    /// Latest first, before the change set `before` where one is given: `limit` at most.
    async fn list(
        &self,
        which: &Selection,
        before: Option<ChangeSetId>,
        limit: u32,
    ) -> RepositoryResult<Vec<ChangeSet>>;
    async fn lookup(&self, id: ChangeSetId) -> RepositoryResult<Option<ChangeSet>>;
    /// Whether the request of this id changed anything at this moment or later.
    async fn has_changed(&self, request_id: &str, since: Timestamp) -> RepositoryResult<bool>;
    /// Its rows in the order in which they were changed, from this position on.
    async fn list_rows(&self, id: ChangeSetId, from: u64, limit: u32) -> RepositoryResult<Vec<ChangedRow>>;
    /// Those of its rows that are part of this film and not added in bulk, in the order in which they were changed.
    async fn list_rows_of_film(&self, id: ChangeSetId, film: MovieId, limit: u32) -> RepositoryResult<Vec<ChangedRow>>;
    /// Takes change sets back by a new change set; those that have been taken back already are passed over. A dry run
    /// changes nothing and reports the same.
    ///
    /// # Errors
    /// `NotFound` when a change set is named that isn't there.
    async fn revert(&self, which: &Selection, on_conflict: OnConflict, dry_run: bool)
    -> RepositoryResult<RevertReport>;
    /// What was changed of films since a moment. Change sets become visible when they are committed, not in the order of
    /// their ids, so whoever follows asks for some seconds again each time; and an import goes on adding to one change
    /// set, so of those all of the last day are looked at.
    async fn list_film_changes(&self, since: Timestamp) -> RepositoryResult<FilmChanges>;
    /// Films whose ratings were given, changed or taken back since a moment, one by one (imports are told by
    /// [`Self::list_film_changes`]); as there, whoever follows asks for some seconds again each time.
    async fn list_rated_films(&self, since: Timestamp) -> RepositoryResult<RatedFilms>;
    /// Drops what is too old.
    async fn prune(&self, keep: Retention, dry_run: bool) -> RepositoryResult<PruneReport>;
}
