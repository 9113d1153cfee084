//! Which change sets, as the address of a page and the fields of a form say it: the same as `matinee history`.

use chrono::{DateTime, NaiveDate, Utc};
use leptos::prelude::*;
use matinee_app::plain::Words;
use matinee_domain::FieldError;
use matinee_services::ports::{SelectBy, Selection};
use serde::Deserialize;

/// The fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Fields {
    /// `all`, `film`, `person`, `actor`, `import` or `change`.
    pub by: String,
    /// What is selected by: an id or, for an import, its path.
    pub of: String,
    /// A day or a moment in UTC.
    pub since: String,
}

/// The ways to select, in the order they are offered.
const WAYS: [&str; 6] = ["all", "film", "person", "actor", "import", "change"];

impl Fields {
    /// # Errors
    /// What is wrong with `of` or `since`.
    pub fn selection(&self) -> Result<Selection, FieldError> {
        let of = self.of.trim();
        let wrong = || FieldError::new("of", "not_an_id", format!("{of:?} is no id: copy one from a page or a list"));
        // An id of a film may come with its page's address.
        let id = of.split('/').find_map(|part| part.parse().ok());
        let by = match self.by.as_str() {
            "film" => SelectBy::Movie(matinee_domain::MovieId(id.ok_or_else(wrong)?)),
            "person" => SelectBy::Person(matinee_domain::UserId(id.ok_or_else(wrong)?)),
            "actor" => SelectBy::Actor(matinee_domain::UserId(id.ok_or_else(wrong)?)),
            "change" => SelectBy::ChangeSet(matinee_domain::ChangeSetId(id.ok_or_else(wrong)?)),
            "import" if of.is_empty() => {
                return Err(FieldError::new("of", "missing", "give the import's path, as it was given to the command"));
            }
            "import" => SelectBy::Import(of.to_owned()),
            _ => SelectBy::Everything,
        };
        Ok(Selection { by, since: moment(&self.since)? })
    }

    /// As the query of an address.
    pub fn query(&self) -> String {
        let escape = leptos_router::location::Url::escape;
        format!("by={}&of={}&since={}", escape(&self.by), escape(&self.of), escape(&self.since))
    }

    /// As it is noted with a rollback. A person is not named: the note would outlive them.
    pub fn note(&self) -> String {
        let of = if matches!(self.by.as_str(), "person" | "actor") { "" } else { &self.of };
        let parts = [("", self.by.as_str()), (" ", of), (" since ", &self.since)];
        let said = parts.iter().filter(|(_, text)| !text.is_empty());
        said.flat_map(|(before, text)| [*before, text]).collect()
    }

    /// The form's fields.
    pub fn view(&self, words: &'static Words, wrong: Option<&FieldError>) -> AnyView {
        let options = WAYS.map(|way| {
            view! {
                <option value=way selected=self.by == way>
                    {words.admin.way(way)}
                </option>
            }
        });
        let wrong = wrong.map(|error| view! { <p class="field__error" role="alert">{error.message.clone()}</p> });
        view! {
            {wrong}
            <div class="field">
                <label class="field__label" for="by">
                    {words.admin.by}
                </label>
                <select class="select" id="by" name="by">
                    {options.collect_view()}
                </select>
            </div>
            <div class="field">
                <label class="field__label" for="of">
                    {words.admin.of}
                </label>
                <input class="input" id="of" name="of" value=self.of.clone() autocomplete="off" />
            </div>
            <div class="field">
                <label class="field__label" for="since">
                    {words.admin.since}
                </label>
                <input
                    class="input"
                    id="since"
                    name="since"
                    value=self.since.clone()
                    placeholder="2026-11-25T12:00"
                    autocomplete="off"
                />
            </div>
        }
        .into_any()
    }
}

fn moment(text: &str) -> Result<Option<DateTime<Utc>>, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(Some(moment.to_utc()));
    }
    if let Ok(moment) = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M") {
        return Ok(Some(moment.and_utc()));
    }
    let day: Result<NaiveDate, _> = text.parse();
    let midnight = day.ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    midnight.map(|moment| Some(moment.and_utc())).ok_or_else(|| {
        FieldError::new("since", "not_a_moment", format!("{text:?} is no moment: write 2026-11-25 or 2026-11-25T12:00"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_films_address_selects_the_film() {
        let id = "0193a2b4-0000-7000-8000-000000000001";
        let of = format!("/film/{id}/alien-1979");
        let fields = Fields { by: "film".into(), of, since: "2026-11-25T12:30".into() };
        let selection = fields.selection().unwrap();
        assert_eq!(selection.by, SelectBy::Movie(id.parse().unwrap()));
        assert_eq!(selection.since.unwrap().to_rfc3339(), "2026-11-25T12:30:00+00:00");
    }

    #[test]
    fn a_rollbacks_note_tells_the_selection_and_names_nobody() {
        let note = |by: &str| Fields { by: by.into(), of: "0193".into(), since: "2026-11-25".into() }.note();
        assert_eq!(note("film"), "film 0193 since 2026-11-25");
        assert_eq!(
            (note("person"), note("actor")),
            ("person since 2026-11-25".into(), "actor since 2026-11-25".into())
        );
    }

    #[test]
    fn what_is_no_id_or_no_moment_is_said() {
        let fields = |by: &str, of: &str, since: &str| Fields { by: by.into(), of: of.into(), since: since.into() };
        assert_eq!(fields("person", "ada", "").selection().unwrap_err().field, "of");
        assert_eq!(fields("", "", "yesterday").selection().unwrap_err().field, "since");
        assert_eq!(fields("", "", "").selection().unwrap().by, SelectBy::Everything);
    }
}
