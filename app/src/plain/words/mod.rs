//! What the pages of the server say, a file for each language. A text that one of them lacks doesn't compile.
//!
//! Placeholders are `{name}`. Not in `locales/`: the macro that reads those puts them into the browser's bundle.

mod de;
mod describe;
mod duty;
mod en;
mod evening;
mod factor;
mod import;
mod letters;
mod mail;
mod passkey;
mod security;
mod trial;
mod tune;

use matinee_domain::Role;
use matinee_services::ports::ChangedBy;

use crate::i18n::Locale;

pub use describe::{DescribeWords, describe};
pub use duty::{DutyWords, duty};
pub use evening::{EveningWords, evening};
pub use factor::{FactorWords, factor};
pub use import::{ImportWords, import};
pub use letters::{LetterWords, letters};
pub use mail::{MailWords, mail};
pub use passkey::{PasskeyWords, passkey};
pub use security::{SecurityWords, security};
pub use trial::{TrialWords, trial};
pub use tune::{KnobWords, TuneWords, tune};

/// All texts of a language.
#[derive(Debug)]
pub struct Words {
    /// The name of what stands below the footer.
    pub colophon: &'static str,
    pub to_films: &'static str,
    /// Titles and what to do, by HTTP status; the last one is for any other.
    pub refusals: &'static [(u16, &'static str, &'static str)],
    /// To whoever sent a form whose answer was lost, and that was carried out.
    pub arrived: Arrived,
    /// What was done just now, by the name in the address.
    pub done: &'static [(&'static str, &'static str)],
    /// What a change set did, by its reason.
    pub reasons: &'static [(&'static str, &'static str)],
    pub person: &'static str,
    pub erased_person: &'static str,
    pub operator: &'static str,
    pub system: &'static str,
    pub changes: Changes,
    pub tokens: Tokens,
    pub data: Data,
    pub privacy: Privacy,
    pub edit: Edit,
    pub diff: Diff,
    pub admin: Admin,
    pub revert: Revert,
    pub people: People,
}

#[derive(Debug)]
pub struct Arrived {
    pub title: &'static str,
    pub note: &'static str,
    /// To where the form was.
    pub back: &'static str,
}

#[derive(Debug)]
pub struct Changes {
    pub title: &'static str,
    pub note: &'static str,
    pub empty: &'static str,
    pub undo: &'static str,
    pub undone: &'static str,
    pub superseded: &'static str,
    pub from_to: &'static str,
    pub rows: &'static str,
    /// Instead, of an import.
    pub ratings: &'static str,
}

#[derive(Debug)]
pub struct Tokens {
    pub title: &'static str,
    pub note: &'static str,
    pub yours: &'static str,
    pub empty: &'static str,
    pub made: &'static str,
    pub once: &'static str,
    pub how: &'static str,
    pub new: &'static str,
    pub name: &'static str,
    pub name_help: &'static str,
    pub scope: &'static str,
    pub read: &'static str,
    pub write: &'static str,
    pub good_for: &'static str,
    pub days: &'static str,
    pub make: &'static str,
    pub expires: &'static str,
    pub expired: &'static str,
    pub used: &'static str,
    pub unused: &'static str,
    pub revoke: &'static str,
}

#[derive(Debug)]
pub struct Data {
    pub title: &'static str,
    pub note: &'static str,
    pub see_security: &'static str,
    pub see_changes: &'static str,
    pub see_tokens: &'static str,
    pub export: &'static str,
    pub export_note: &'static str,
    pub json: &'static str,
    pub csv: &'static str,
    pub privacy_note: &'static str,
    pub back: &'static str,
}

#[derive(Debug)]
pub struct Privacy {
    pub title: &'static str,
    pub note: &'static str,
    /// Headings and paragraphs.
    pub parts: &'static [(&'static str, &'static str)],
}

#[derive(Debug)]
pub struct Edit {
    pub link: &'static str,
    pub title_of: &'static str,
    pub note: &'static str,
    pub to_film: &'static str,
    pub to_form: &'static str,
    pub to_history: &'static str,
    pub film_title: &'static str,
    pub original_title: &'static str,
    pub original_title_help: &'static str,
    pub year: &'static str,
    pub runtime: &'static str,
    pub genres: &'static str,
    pub genres_help: &'static str,
    pub plot: &'static str,
    pub directors: &'static str,
    pub writers: &'static str,
    pub cast: &'static str,
    pub people_help: &'static str,
    pub save: &'static str,
    pub history_of: &'static str,
    pub history_note: &'static str,
}

#[derive(Debug)]
pub struct Diff {
    pub added: &'static str,
    pub added_many: &'static str,
    pub changed: &'static str,
    pub removed: &'static str,
    pub erased: &'static str,
    /// What a column is called.
    pub columns: &'static [(&'static str, &'static str)],
    /// What a row of a table is called.
    pub tables: &'static [(&'static str, &'static str)],
}

#[derive(Debug)]
pub struct Admin {
    pub title: &'static str,
    pub note: &'static str,
    pub history: &'static str,
    pub history_note: &'static str,
    pub see_history: &'static str,
    pub see_people: &'static str,
    pub operation: &'static str,
    pub films: &'static str,
    pub indexed: &'static str,
    pub model: &'static str,
    pub shadow: &'static str,
    /// `{version}`, `{scored}`, `{overlap}` in percent and `{correlation}`.
    pub shadow_agrees: &'static str,
    pub none: &'static str,
    pub by: &'static str,
    pub of: &'static str,
    pub since: &'static str,
    /// Ways to select change sets, by their names in addresses.
    pub ways: &'static [(&'static str, &'static str)],
    pub show: &'static str,
    pub plan: &'static str,
    pub nothing: &'static str,
    pub earlier: &'static str,
    pub more_rows: &'static str,
    pub when: &'static str,
    pub who: &'static str,
    pub note_of: &'static str,
    pub request: &'static str,
    pub reverts: &'static str,
    pub reverted_by: &'static str,
    pub id: &'static str,
}

#[derive(Debug)]
pub struct Revert {
    pub title: &'static str,
    pub summary: &'static str,
    pub nothing: &'static str,
    pub go: &'static str,
    pub skip: &'static str,
    pub force: &'static str,
    pub force_this: &'static str,
    pub rows: &'static str,
    pub restore: &'static str,
    pub change: &'static str,
    pub remove: &'static str,
    pub conflicts: &'static str,
    pub changed_since: &'static str,
    pub changed_between: &'static str,
    pub still_needed: &'static str,
    pub parent_gone: &'static str,
    pub taken: &'static str,
    pub refused: &'static str,
    pub refused_note: &'static str,
}

#[derive(Debug)]
pub struct People {
    pub title: &'static str,
    pub note: &'static str,
    pub find: &'static str,
    pub role: &'static str,
    pub any_role: &'static str,
    pub role_help: &'static str,
    pub member: &'static str,
    pub editor: &'static str,
    pub admin: &'static str,
    pub give: &'static str,
    pub rated: &'static str,
    pub nobody: &'static str,
    pub more: &'static str,
    pub account: &'static str,
    pub email: &'static str,
    pub no_email: &'static str,
    pub since: &'static str,
    pub ratings: &'static str,
    pub did: &'static str,
    pub of_theirs: &'static str,
    pub sessions_title: &'static str,
    pub sessions_note: &'static str,
    pub sessions_end: &'static str,
    pub delete_title: &'static str,
    pub delete_note: &'static str,
    pub delete_confirm: &'static str,
    pub delete: &'static str,
}

/// The texts of a language.
pub const fn of(locale: Locale) -> &'static Words {
    match locale {
        Locale::en => &en::WORDS,
        Locale::de => &de::WORDS,
    }
}

fn named(texts: &'static [(&'static str, &'static str)], name: &str) -> Option<&'static str> {
    texts.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

impl Words {
    /// Title and note of a page that was refused with this status.
    pub fn refused(&self, status: u16) -> (&'static str, &'static str) {
        let known = self.refusals.iter().find(|(of, ..)| *of == status).or(self.refusals.last());
        known.map_or(("Matinee", ""), |(_, title, note)| (*title, *note))
    }

    /// What was done just now; nothing for a name that no form of ours leads to.
    pub fn said(&self, name: &str) -> Option<&'static str> {
        named(self.done, name)
    }

    /// What a change set did; its own name for it where there are no words.
    pub fn reason<'r>(&self, reason: &'r str) -> &'r str {
        named(self.reasons, reason).unwrap_or(reason)
    }

    pub const fn who(&self, by: ChangedBy) -> &'static str {
        match by {
            ChangedBy::Person(Some(_)) => self.person,
            ChangedBy::Person(None) => self.erased_person,
            ChangedBy::Operator => self.operator,
            ChangedBy::System => self.system,
        }
    }
}

impl Diff {
    /// What a column is called.
    pub fn column<'c>(&self, name: &'c str) -> &'c str {
        named(self.columns, name).unwrap_or(name)
    }

    /// What a row of this table is called.
    pub fn table<'t>(&self, name: &'t str) -> &'t str {
        named(self.tables, name).unwrap_or(name)
    }
}

impl Admin {
    /// A way to select change sets.
    pub fn way<'w>(&self, name: &'w str) -> &'w str {
        named(self.ways, name).unwrap_or(name)
    }
}

impl People {
    pub const fn role_name(&self, role: Role) -> &'static str {
        match role {
            Role::Member => self.member,
            Role::Editor => self.editor,
            Role::Admin => self.admin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_name_the_same_things() {
        let names = |words: &'static Words| {
            let lists = [words.done, words.reasons, words.diff.columns, words.diff.tables, words.admin.ways];
            let names = lists.map(|texts| texts.iter().map(|(name, _)| *name).collect::<Vec<_>>());
            let statuses: Vec<_> = words.refusals.iter().map(|(status, ..)| *status).collect();
            (names, statuses, words.privacy.parts.len())
        };
        assert_eq!(names(of(Locale::en)), names(of(Locale::de)));
    }

    #[test]
    fn what_has_no_words_is_called_by_its_own_name() {
        assert_eq!(of(Locale::en).reason("something_new"), "something_new");
        assert_eq!(of(Locale::en).said("<b>"), None);
    }
}
