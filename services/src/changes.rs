//! A person's own changes, and taking them back.

use matinee_domain::{ChangeSetId, FieldError, Timestamp, UserId};

use crate::{
    Result, ServiceError, Services,
    ports::{ChangedBy, OnConflict, SelectBy, Selection},
};

/// Changes that are listed.
const LISTED: u32 = 50;

/// What a person can take back by themselves. Not that they registered: deleting the account is another matter.
const UNDOABLE: [&str; 6] = ["rate", "unrate", "mark", "unmark", "view", "clear_history"];

/// One of my changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyChange {
    pub id: ChangeSetId,
    pub at: Timestamp,
    /// What I did: `rate`, `unrate`, `mark`, `unmark`, `view` or `clear_history`.
    pub reason: String,
    /// It has been taken back.
    pub undone: bool,
}

impl Services {
    /// My last changes, latest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn my_changes(&self, user: UserId) -> Result<Vec<MyChange>> {
        let mine = Selection { by: SelectBy::Actor(user), since: None };
        let sets = self.history.list(&mine, None, LISTED).await?;
        let undoable = sets.into_iter().filter(|set| UNDOABLE.contains(&set.reason.as_str()));
        let mine = undoable.map(|set| MyChange {
            id: set.id,
            at: set.at,
            undone: !set.reverted_by.is_empty(),
            reason: set.reason,
        });
        Ok(mine.collect())
    }

    /// Takes one of my changes back. One that is taken back already stays so.
    ///
    /// # Errors
    /// `NotFound` when it is none of mine, `Conflict` when the same was changed again since: then nothing is changed.
    pub async fn undo(&self, user: UserId, change: ChangeSetId) -> Result<()> {
        let set = self.history.lookup(change).await?;
        let is_mine = |by| by == ChangedBy::Person(Some(user));
        if !set.is_some_and(|set| is_mine(set.by) && UNDOABLE.contains(&set.reason.as_str())) {
            return Err(ServiceError::NotFound { what: "change of yours", id: change.to_string() });
        }
        let this = Selection { by: SelectBy::ChangeSet(change), since: None };
        let report = self.history.revert(&this, OnConflict::Refuse, false).await?;
        if report.conflict_count > 0 {
            let words = "this was changed again since: take the later change back first";
            return Err(ServiceError::Conflict(FieldError::new("id", "changed_since", words)));
        }
        Ok(())
    }
}
