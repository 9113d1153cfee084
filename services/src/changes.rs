//! A person's own changes, and taking them back.

use std::collections::{HashMap, HashSet};

use matinee_domain::{ChangeSetId, FieldError, MovieCard, MovieId, Stars, Timestamp, UserId};
use serde_json::Value;

use crate::{
    Result, ServiceError, Services,
    ports::{ChangedBy, ChangedRow, OnConflict, SelectBy, Selection},
};

/// Changes that are listed.
const LISTED: usize = 50;

/// What a person can take back by themselves. Not that they registered: deleting the account is another matter.
const UNDOABLE: [&str; 8] = ["rate", "unrate", "mark", "unmark", "view", "clear_history", "import", "tune"];

/// Change sets that are looked through for those, as signing in and using tokens are change sets, too.
const LOOKED_THROUGH: u32 = 200;

/// One of my changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyChange {
    pub id: ChangeSetId,
    pub at: Timestamp,
    /// What I did: `rate`, `unrate`, `mark`, `unmark`, `view`, `clear_history`, `import` or `tune`.
    pub reason: String,
    /// It has been taken back.
    pub undone: bool,
    /// Rows that it changed, as far as they are counted.
    pub entries: u64,
}

/// One of my changes, with what it was about.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownChange {
    pub change: MyChange,
    /// The film, where it was about one.
    pub movie: Option<MovieCard>,
    pub stars_before: Option<Stars>,
    pub stars_after: Option<Stars>,
    /// I changed the same again since and that stands, so it can't be taken back before that is.
    pub is_superseded: bool,
}

impl Services {
    /// My last changes, latest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn my_changes(&self, user: UserId) -> Result<Vec<MyChange>> {
        let mine = Selection { by: SelectBy::Actor(user), since: None };
        let sets = self.history.list(&mine, None, LOOKED_THROUGH).await?;
        let undoable = sets.into_iter().filter(|set| UNDOABLE.contains(&set.reason.as_str()));
        let mine = undoable.map(|set| MyChange {
            id: set.id,
            at: set.at,
            undone: !set.reverted_by.is_empty(),
            reason: set.reason,
            entries: set.entries,
        });
        Ok(mine.take(LISTED).collect())
    }

    /// The same, with the films that they were about.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn my_changes_shown(&self, user: UserId) -> Result<Vec<ShownChange>> {
        let mut about: HashMap<ChangeSetId, ChangedRow> = HashMap::new();
        let mine = self.my_changes(user).await?;
        for change in mine.iter().filter(|change| change.entries == 1) {
            about.extend(self.history.list_rows(change.id, 0, 1).await?.pop().map(|row| (change.id, row)));
        }
        let movies: Vec<MovieId> = about.values().filter_map(film_of).collect();
        let cards = self.cards_by_id(&movies).await?;
        let mut seen: HashSet<(String, String)> = HashSet::new();
        // Latest first: whatever is seen a second time was changed again since, by what still stands.
        let shown = mine.into_iter().map(|change| {
            let row = about.get(&change.id);
            let standing = row.filter(|_| !change.undone);
            let is_superseded = standing.is_some_and(|row| !seen.insert((row.table.clone(), row.key.clone())));
            let stars =
                |image: fn(&ChangedRow) -> &Option<String>| row.and_then(|row| stars_in(image(row).as_deref()?));
            ShownChange {
                movie: row.and_then(film_of).and_then(|movie| cards.get(&movie).cloned()),
                stars_before: stars(|row| &row.before),
                stars_after: stars(|row| &row.after),
                is_superseded,
                change,
            }
        });
        Ok(shown.collect())
    }

    /// Takes one of my changes back. One that is taken back already stays so. Of an import, what I changed again since stays as it is now;
    /// returns how many rows that are.
    ///
    /// # Errors
    /// `NotFound` when it is none of mine, `Conflict` when the same was changed again since and it is no import: then nothing is changed.
    pub async fn undo(&self, user: UserId, change: ChangeSetId) -> Result<u64> {
        let set = self.history.lookup(change).await?;
        let is_mine = |by| by == ChangedBy::Person(Some(user));
        let Some(set) = set.filter(|set| is_mine(set.by) && UNDOABLE.contains(&set.reason.as_str())) else {
            return Err(ServiceError::NotFound { what: "change of yours", id: change.to_string() });
        };
        let is_of_many = set.reason == "import";
        let on_conflict = if is_of_many { OnConflict::Skip } else { OnConflict::Refuse };
        let this = Selection { by: SelectBy::ChangeSet(change), since: None };
        let report = self.history.revert(&this, on_conflict, false).await?;
        if report.conflict_count > 0 && !is_of_many {
            let words = "this was changed again since: change it by hand instead";
            return Err(ServiceError::Conflict(FieldError::new("id", "changed_since", words)));
        }
        Ok(report.conflict_count)
    }
}

/// The film that a row of a person is about: the second part of its key.
fn film_of(row: &ChangedRow) -> Option<MovieId> {
    let key: Vec<Value> = serde_json::from_str(&row.key).ok()?;
    key.get(1)?.as_str()?.parse().ok()
}

fn stars_in(image: &str) -> Option<Stars> {
    let row: Value = serde_json::from_str(image).ok()?;
    let half_stars = row.get("half_stars")?.as_u64()?;
    Stars::from_half_stars(half_stars.try_into().ok()?).ok()
}
