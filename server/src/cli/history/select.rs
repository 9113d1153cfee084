//! Which change sets a command means.

use std::fmt;

use anyhow::bail;
use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;
use matinee_domain::{ChangeSetId, MovieId, UserId};
use matinee_services::ports::{SelectBy, Selection};

#[derive(Debug, Args)]
pub struct Which {
    /// One change set.
    #[arg(value_name = "CHANGE_SET", conflicts_with_all = ["movie", "person", "actor", "import", "since"])]
    id: Option<ChangeSetId>,
    /// What is part of this film.
    #[arg(long, value_name = "ID", conflicts_with_all = ["person", "actor", "import"])]
    movie: Option<MovieId>,
    /// What this person owns.
    #[arg(long, value_name = "ID", conflicts_with_all = ["actor", "import"])]
    person: Option<UserId>,
    /// What this person did.
    #[arg(long, value_name = "ID", conflicts_with = "import")]
    actor: Option<UserId>,
    /// The imports of this path, as it was given to `matinee import`.
    #[arg(long, value_name = "PATH")]
    import: Option<String>,
    /// What was changed at this moment or later: `2026-11-25` or `2026-11-25T12:00:00Z`.
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    since: Option<DateTime<Utc>>,
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(moment.to_utc());
    }
    let day: NaiveDate = text.parse().map_err(|_| {
        format!("{text:?} is no moment: give a day such as 2026-11-25 or a moment such as 2026-11-25T12:00:00Z")
    })?;
    Ok(day.and_hms_opt(0, 0, 0).expect("every day has a midnight").and_utc())
}

impl Which {
    /// The selection; for a rollback (`must_be_narrow`) nothing that means all of history.
    pub fn selection(&self, must_be_narrow: bool) -> anyhow::Result<Selection> {
        let by = match self {
            Self { id: Some(id), .. } => SelectBy::ChangeSet(*id),
            Self { movie: Some(movie), .. } => SelectBy::Movie(*movie),
            Self { person: Some(person), .. } => SelectBy::Person(*person),
            Self { actor: Some(actor), .. } => SelectBy::Actor(*actor),
            Self { import: Some(note), .. } => SelectBy::Import(note.clone()),
            _ => SelectBy::Everything,
        };
        let selection = Selection { by, since: self.since };
        if must_be_narrow && !selection.is_narrow() {
            bail!("say which change sets: one of `matinee history list`, --import PATH, or a --since WHEN");
        }
        Ok(selection)
    }
}

/// As it was asked for, for the note of the rollback. A person is not named: the note would outlive them.
impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let mut add = |name: &str, value: Option<String>| parts.extend(value.map(|value| format!("{name}{value}")));
        add("", self.id.map(|id| id.to_string()));
        add("--movie ", self.movie.map(|id| id.to_string()));
        add("--person ", self.person.map(|_| "…".to_owned()));
        add("--actor ", self.actor.map(|_| "…".to_owned()));
        add("--import ", self.import.clone());
        add("--since ", self.since.map(|since| since.to_rfc3339()));
        f.write_str(&parts.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rollbacks_note_tells_the_selection_and_names_nobody() {
        let none = Which { id: None, movie: None, person: None, actor: None, import: None, since: None };
        let id = "0193a2b4-0000-7000-8000-000000000001";
        let person = Which { person: id.parse().ok(), since: moment("2026-11-25").ok(), ..none };
        assert_eq!(person.to_string(), "--person … --since 2026-11-25T00:00:00+00:00");
        let actor = Which { person: None, actor: id.parse().ok(), since: None, ..person };
        assert_eq!(actor.to_string(), "--actor …");
        let movie = Which { actor: None, movie: id.parse().ok(), ..actor };
        assert_eq!(movie.to_string(), format!("--movie {id}"));
    }
}
