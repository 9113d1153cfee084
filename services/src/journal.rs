//! What anybody changed, for those who look after the site and its films: listing, showing, taking back.

use std::collections::HashMap;

use chrono::TimeDelta;
use matinee_domain::{ChangeSetId, FieldError, MovieId, UserId};
use serde_json::{Map, Value};

use crate::{
    Result, ServiceError, Services,
    access::{Allowed, EditFilms, RevertHistory, SeeHistory},
    ports::{ChangeSet, ChangedBy, ChangedRow, Obstacle, OnConflict, RevertReport, SelectBy, Selection},
};

/// Columns that nobody is to see.
const HIDDEN: [&str; 1] = ["password_hash"];

/// What an editor did to a film.
const EDIT: &str = "edit_film";
const REVERT: &str = "revert";
const IMPORT: &str = "import";
/// Ago, at most, for a request that was sent again.
const CARRIED_OUT_WITHIN: TimeDelta = TimeDelta::minutes(2);

impl Services {
    /// Change sets on one page of a list.
    pub const CHANGES_LISTED: u32 = 50;
    /// Rows on one page of a change set.
    pub const ROWS_LISTED: u32 = 200;

    /// Whether a request of this id changed anything within the last two minutes, longer than any is worked on. It was sent again, for
    /// whoever had it first broke off.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn was_carried_out(&self, request_id: &str) -> Result<bool> {
        let since = self.clock.now() - CARRIED_OUT_WITHIN;
        Ok(self.history.has_changed(request_id, since).await?)
    }

    /// Change sets, latest first, before the change set `before` where one is given.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_changes(
        &self,
        _: &Allowed<SeeHistory>,
        which: &Selection,
        before: Option<ChangeSetId>,
    ) -> Result<Vec<ChangeSet>> {
        Ok(self.history.list(which, before, Self::CHANGES_LISTED).await?)
    }

    /// What those are called who made these change sets; those who left are not in it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn names_of_actors(
        &self,
        _: &Allowed<SeeHistory>,
        sets: &[ChangeSet],
    ) -> Result<HashMap<UserId, String>> {
        let mut names = HashMap::new();
        for set in sets {
            if let ChangedBy::Person(Some(user)) = set.by
                && !names.contains_key(&user)
                && let Some(person) = self.people.lookup_person(user).await?
            {
                names.insert(user, person.name);
            }
        }
        Ok(names)
    }

    /// A change set with its rows from a position on, without what nobody is to see.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub async fn change_set(
        &self,
        _: &Allowed<SeeHistory>,
        id: ChangeSetId,
        from: u64,
    ) -> Result<(ChangeSet, Vec<ChangedRow>)> {
        let set = self.history.lookup(id).await?.ok_or_else(|| missing(id))?;
        let rows = self.history.list_rows(id, from, Self::ROWS_LISTED).await?;
        Ok((set, rows.into_iter().map(without_secrets).collect()))
    }

    /// Takes change sets back, or says what that would do.
    ///
    /// # Errors
    /// `Invalid` where the selection could be all of history, `NotFound` where a change set is named that isn't there.
    pub async fn revert_changes(
        &self,
        by: &Allowed<RevertHistory>,
        which: &Selection,
        on_conflict: OnConflict,
        dry_run: bool,
        note: String,
    ) -> Result<RevertReport> {
        if !which.is_narrow() {
            let words = "say which change sets: one of them, an import, or those since a moment";
            return Err(FieldError::new("since", "missing", words).into());
        }
        Ok(by.doing(Some(note), self.history.revert(which, on_conflict, dry_run)).await?)
    }

    /// What was changed of a film, latest first: each change set with its rows that are part of the film.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn film_changes(
        &self,
        _: &Allowed<EditFilms>,
        movie: MovieId,
        before: Option<ChangeSetId>,
    ) -> Result<Vec<FilmChange>> {
        /// Change sets on one page.
        const LISTED: u32 = 20;
        /// Rows that are looked at; what an editor does has fewer.
        const ROWS: u32 = 500;
        let of_film = Selection { by: SelectBy::Movie(movie), since: None };
        let mut list = Vec::new();
        for set in self.history.list(&of_film, before, LISTED).await? {
            // What was edited before has been changed again since.
            let is_latest = before.is_none() && list.is_empty();
            let may_be_undone = is_latest && set.reverted_by.is_empty() && self.is_edit(&set).await?;
            let rows = if set.reason == IMPORT || set.entries > ROWS.into() {
                // What it added in bulk, this film among it, is not listed row by row.
                self.history.list_rows_of_film(set.id, movie, ROWS).await?
            } else {
                let rows = self.history.list_rows(set.id, 0, ROWS).await?;
                let id = movie.to_string();
                rows.into_iter().filter(|row| row.key.contains(&id) || row.table == "people").collect()
            };
            let rows = rows.into_iter();
            list.push(FilmChange { rows: rows.map(without_secrets).collect(), set, may_be_undone });
        }
        Ok(list)
    }

    /// Takes an edit of a film back, or the taking back of one; or says what that would do. People whom the edit added to the
    /// catalogue stay where another film names them by now.
    ///
    /// # Errors
    /// `NotFound` where it is no such change of this film.
    pub async fn revert_edit(
        &self,
        by: &Allowed<EditFilms>,
        movie: MovieId,
        id: ChangeSetId,
        dry_run: bool,
    ) -> Result<RevertReport> {
        let set = self.history.lookup(id).await?.ok_or_else(|| missing(id))?;
        let concerns = self
            .history
            .list_rows(id, 0, 1_000)
            .await?
            .iter()
            .any(|row| row.table == "movies" && row.key.contains(&movie.to_string()));
        if !concerns || !self.is_edit(&set).await? {
            return Err(missing(id));
        }
        let this = Selection { by: SelectBy::ChangeSet(id), since: None };
        let planned = self.history.revert(&this, OnConflict::Refuse, true).await?;
        let only_people = planned
            .conflicts
            .iter()
            .all(|conflict| conflict.table == "people" && matches!(conflict.obstacle, Obstacle::StillNeeded { .. }));
        if dry_run || (planned.conflict_count > 0 && !only_people) {
            return Ok(planned);
        }
        let on_conflict = if planned.conflict_count > 0 { OnConflict::Skip } else { OnConflict::Refuse };
        Ok(by.doing(None, self.history.revert(&this, on_conflict, false)).await?)
    }

    /// Whether it is an editor's edit, or took back nothing else.
    async fn is_edit(&self, set: &ChangeSet) -> Result<bool> {
        if set.reason == EDIT {
            return Ok(true);
        }
        if set.reason != REVERT || set.reverts.len() != 1 || !matches!(set.by, ChangedBy::Person(_)) {
            return Ok(false);
        }
        // Edits and rollbacks of them alternate; whoever goes on longer than this asks an admin.
        let mut reverted = set.reverts[0];
        for _ in 0..10 {
            match self.history.lookup(reverted).await? {
                Some(set) if set.reason == EDIT => return Ok(true),
                Some(set) if set.reason == REVERT && set.reverts.len() == 1 => reverted = set.reverts[0],
                _ => return Ok(false),
            }
        }
        Ok(false)
    }
}

/// A change set that concerns a film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmChange {
    pub set: ChangeSet,
    /// Those of its rows that are part of the film; none where it brought the film as one of many.
    pub rows: Vec<ChangedRow>,
    /// Whether an editor may take it back.
    pub may_be_undone: bool,
}

fn missing(id: ChangeSetId) -> ServiceError {
    ServiceError::NotFound { what: "change set", id: id.to_string() }
}

fn without_secrets(row: ChangedRow) -> ChangedRow {
    let hide = |image: Option<String>| {
        let image = image?;
        if !HIDDEN.iter().any(|column| image.contains(column)) {
            return Some(image);
        }
        let mut object: Map<String, Value> = serde_json::from_str(&image).ok()?;
        for column in HIDDEN {
            object.remove(column);
        }
        Some(Value::Object(object).to_string())
    };
    ChangedRow { before: hide(row.before), after: hide(row.after), ..row }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_sees_hashes_of_passwords() {
        let row = ChangedRow {
            position: 0,
            table: "users".into(),
            key: "[]".into(),
            version_before: Some(1),
            version_after: Some(2),
            before: Some(r#"{"name":"Ada","password_hash":"$argon2id$"}"#.into()),
            after: Some(r#"{"name":"Ada L","password_hash":"$argon2id$"}"#.into()),
            added_in_bulk: 0,
        };
        let shown = format!("{:?}", without_secrets(row));
        assert!(shown.contains("Ada L") && !shown.contains("argon2id"), "{shown}");
    }
}
