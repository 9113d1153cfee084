//! The journaled tables: their columns, keys, and whose rows they hold. Parents come before what points to them.
//!
//! Columns that follow from other rows (films' rating statistics, the prior they are drawn towards) are not here: they
//! are computed anew after a rollback.

use sea_orm::{QueryResult, TryGetError, Value, prelude::Uuid};
use serde_json::Value as Json;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Uuid,
    Text,
    /// 16 bits.
    Short,
    /// 64 bits; moments too.
    Long,
    Bool,
}

#[derive(Debug)]
pub(crate) struct Column {
    pub name: &'static str,
    pub kind: Kind,
    /// What it holds in images from before it was added; null where nothing stands here.
    added_with: Option<&'static str>,
}

/// Whose history a row is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The id in this column.
    Column(usize),
    /// A UUID made of the key.
    Key,
}

/// A journaled table. Every one has a `version` beside these columns.
#[derive(Debug)]
pub(crate) struct Table {
    pub name: &'static str,
    /// The primary key first.
    pub columns: &'static [Column],
    /// Columns of the primary key.
    pub key_len: usize,
    pub subject: Subject,
    /// What a row points to: column and table. The row must go before its parent goes.
    pub parents: &'static [(usize, &'static str)],
    /// Rows hold secrets: no image is kept, the key only as a digest, and nothing is ever brought back.
    pub is_secret: bool,
    /// Secrets beside `columns`: the journal never reads them, so that no image has them, and a rollback leaves them as they are. In
    /// a row that it brings back they are null.
    pub secret_columns: &'static [&'static str],
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, added_with: None }
}

/// A column of text that rows from before it hold this in.
const fn added_column(name: &'static str, added_with: &'static str) -> Column {
    Column { name, kind: Kind::Text, added_with: Some(added_with) }
}

/// What decides who gets in to an account, beside what is secret: a rollback leaves it as it is.
pub(crate) fn lets_in(table: &Table, column: &Column) -> bool {
    table.name == USERS.name && matches!(column.name, "email" | "email_confirmed_at")
}

impl Column {
    /// What a row held here before there was such a column.
    pub fn before_it_was(&self) -> Json {
        self.added_with.into()
    }
}

pub(crate) static USERS: Table = Table {
    name: "users",
    columns: &[
        column("id", Kind::Uuid),
        column("name", Kind::Text),
        column("email", Kind::Text),
        column("keeps_history", Kind::Bool),
        column("created_at", Kind::Long),
        added_column("role", "member"),
        column("email_confirmed_at", Kind::Long),
    ],
    key_len: 1,
    subject: Subject::Column(0),
    parents: &[],
    is_secret: false,
    secret_columns: &["password_hash"],
};

pub(crate) static MOVIES: Table = Table {
    name: "movies",
    columns: &[
        column("id", Kind::Uuid),
        column("title", Kind::Text),
        column("original_title", Kind::Text),
        column("match_key", Kind::Text),
        column("year", Kind::Short),
        column("runtime_min", Kind::Short),
        column("plot", Kind::Text),
        column("poster_url", Kind::Text),
        column("poster_width_px", Kind::Short),
        column("poster_height_px", Kind::Short),
        column("votes_elsewhere", Kind::Long),
        column("mean_elsewhere_tenths", Kind::Short),
        column("created_at", Kind::Long),
        column("updated_at", Kind::Long),
    ],
    key_len: 1,
    subject: Subject::Column(0),
    parents: &[],
    is_secret: false,
    secret_columns: &[],
};

pub(crate) static PEOPLE: Table = Table {
    name: "people",
    columns: &[column("id", Kind::Uuid), column("name", Kind::Text)],
    key_len: 1,
    subject: Subject::Column(0),
    parents: &[],
    is_secret: false,
    secret_columns: &[],
};

pub(crate) static MOVIE_TITLES: Table = Table {
    name: "movie_titles",
    columns: &[
        column("movie_id", Kind::Uuid),
        column("title", Kind::Text),
        column("position", Kind::Short),
        column("match_key", Kind::Text),
    ],
    key_len: 2,
    subject: Subject::Column(0),
    parents: &[(0, "movies")],
    is_secret: false,
    secret_columns: &[],
};

pub(crate) static MOVIE_GENRES: Table = Table {
    name: "movie_genres",
    columns: &[column("movie_id", Kind::Uuid), column("genre", Kind::Text), column("position", Kind::Short)],
    key_len: 2,
    subject: Subject::Column(0),
    parents: &[(0, "movies")],
    is_secret: false,
    secret_columns: &[],
};

pub(crate) static CREDITS: Table = Table {
    name: "credits",
    columns: &[
        column("movie_id", Kind::Uuid),
        column("role", Kind::Text),
        column("position", Kind::Short),
        column("person_id", Kind::Uuid),
    ],
    key_len: 3,
    subject: Subject::Column(0),
    parents: &[(0, "movies"), (3, "people")],
    is_secret: false,
    secret_columns: &[],
};

pub(crate) static EXTERNAL_IDS: Table = Table {
    name: "external_ids",
    columns: &[column("source", Kind::Text), column("external_id", Kind::Text), column("movie_id", Kind::Uuid)],
    key_len: 2,
    subject: Subject::Column(2),
    parents: &[(2, "movies")],
    is_secret: false,
    secret_columns: &[],
};

pub(crate) static RATINGS: Table = Table {
    name: "ratings",
    columns: &[
        column("user_id", Kind::Uuid),
        column("movie_id", Kind::Uuid),
        column("half_stars", Kind::Short),
        column("rated_at", Kind::Long),
    ],
    key_len: 2,
    subject: Subject::Column(0),
    parents: &[(0, "users"), (1, "movies")],
    is_secret: false,
    secret_columns: &[],
};

pub(crate) static ACTIVITY: Table = Table {
    name: "activity",
    columns: &[
        column("user_id", Kind::Uuid),
        column("movie_id", Kind::Uuid),
        column("query", Kind::Text),
        column("at", Kind::Long),
    ],
    key_len: 3,
    subject: Subject::Column(0),
    parents: &[(0, "users"), (1, "movies")],
    is_secret: false,
    secret_columns: &[],
};

pub(crate) static MARKS: Table = Table {
    name: "marks",
    columns: &[
        column("user_id", Kind::Uuid),
        column("movie_id", Kind::Uuid),
        column("mark", Kind::Text),
        column("at", Kind::Long),
    ],
    key_len: 3,
    subject: Subject::Column(0),
    parents: &[(0, "users"), (1, "movies")],
    is_secret: false,
    secret_columns: &[],
};

/// How a person tuned their list.
pub(crate) static KNOBS: Table = Table {
    name: "knobs",
    columns: &[
        column("user_id", Kind::Uuid),
        column("popularity", Kind::Short),
        column("recency", Kind::Short),
        column("diversity", Kind::Short),
        column("hide_seen", Kind::Bool),
        column("excluded_genres", Kind::Text),
    ],
    key_len: 1,
    subject: Subject::Column(0),
    parents: &[(0, "users")],
    is_secret: false,
    secret_columns: &[],
};

pub(crate) static SESSIONS: Table = Table {
    name: "sessions",
    columns: &[
        column("id", Kind::Text),
        column("user_id", Kind::Uuid),
        column("data", Kind::Text),
        column("expires_at", Kind::Long),
    ],
    key_len: 1,
    subject: Subject::Column(1),
    parents: &[(1, "users")],
    is_secret: true,
    secret_columns: &[],
};

/// What lets somebody in never comes back by a rollback: an account that was unlinked stays so.
pub(crate) static IDENTITIES: Table = Table {
    name: "identities",
    columns: &[
        column("issuer", Kind::Text),
        column("subject", Kind::Text),
        column("user_id", Kind::Uuid),
        column("provider", Kind::Text),
        column("label", Kind::Text),
        column("linked_at", Kind::Long),
    ],
    key_len: 2,
    subject: Subject::Column(2),
    parents: &[(2, "users")],
    is_secret: true,
    secret_columns: &[],
};

pub(crate) static API_TOKENS: Table = Table {
    name: "api_tokens",
    columns: &[
        column("user_id", Kind::Uuid),
        column("id", Kind::Uuid),
        column("name", Kind::Text),
        column("scope", Kind::Text),
        column("secret_hash", Kind::Text),
        column("created_at", Kind::Long),
        column("expires_at", Kind::Long),
        column("used_at", Kind::Long),
    ],
    key_len: 2,
    subject: Subject::Column(0),
    parents: &[(0, "users")],
    is_secret: true,
    secret_columns: &[],
};

/// A second factor that was switched off or lost its codes stays so.
pub(crate) static SECOND_FACTORS: Table = Table {
    name: "second_factors",
    columns: &[
        column("user_id", Kind::Uuid),
        column("secret", Kind::Text),
        column("last_step", Kind::Long),
        column("failures", Kind::Long),
        column("failed_at", Kind::Long),
        column("created_at", Kind::Long),
    ],
    key_len: 1,
    subject: Subject::Column(0),
    parents: &[(0, "users")],
    is_secret: true,
    secret_columns: &[],
};

pub(crate) static RECOVERY_CODES: Table = Table {
    name: "recovery_codes",
    columns: &[column("user_id", Kind::Uuid), column("code_hash", Kind::Text), column("created_at", Kind::Long)],
    key_len: 2,
    subject: Subject::Column(0),
    parents: &[(0, "users")],
    is_secret: true,
    secret_columns: &[],
};

/// A passkey that was removed lets nobody in again.
pub(crate) static PASSKEYS: Table = Table {
    name: "passkeys",
    columns: &[
        column("user_id", Kind::Uuid),
        column("id", Kind::Text),
        column("name", Kind::Text),
        column("public_key", Kind::Text),
        column("state", Kind::Text),
        column("created_at", Kind::Long),
        column("used_at", Kind::Long),
    ],
    key_len: 2,
    subject: Subject::Column(0),
    parents: &[(0, "users")],
    is_secret: true,
    secret_columns: &[],
};

/// The link lets people in, and taking part is a consent: neither is brought back by anybody else.
pub(crate) static EVENINGS: Table = Table {
    name: "evenings",
    columns: &[
        column("id", Kind::Uuid),
        column("user_id", Kind::Uuid),
        column("link_hash", Kind::Text),
        column("created_at", Kind::Long),
        column("expires_at", Kind::Long),
    ],
    key_len: 1,
    subject: Subject::Column(1),
    parents: &[(1, "users")],
    is_secret: true,
    secret_columns: &[],
};

pub(crate) static EVENING_GUESTS: Table = Table {
    name: "evening_guests",
    columns: &[column("user_id", Kind::Uuid), column("evening_id", Kind::Uuid), column("joined_at", Kind::Long)],
    key_len: 2,
    subject: Subject::Column(0),
    parents: &[(0, "users"), (1, "evenings")],
    is_secret: true,
    secret_columns: &[],
};

pub(crate) static IMPORTS: Table = Table {
    name: "imports",
    columns: &[
        column("part", Kind::Text),
        column("fingerprint", Kind::Text),
        column("rows_done", Kind::Long),
        column("finished", Kind::Bool),
    ],
    key_len: 2,
    subject: Subject::Key,
    parents: &[],
    is_secret: false,
    secret_columns: &[],
};

pub(crate) static MODELS: Table = Table {
    name: "models",
    columns: &[
        column("name", Kind::Text),
        column("state", Kind::Text),
        column("manifest", Kind::Text),
        column("size_bytes", Kind::Long),
        column("verdict", Kind::Text),
        column("created_at", Kind::Long),
        column("changed_at", Kind::Long),
    ],
    key_len: 1,
    subject: Subject::Key,
    parents: &[],
    is_secret: false,
    secret_columns: &[],
};

/// Trials themselves; what is counted for them is not journaled.
pub(crate) static TRIALS: Table = Table {
    name: "trials",
    columns: &[
        column("id", Kind::Uuid),
        column("state", Kind::Text),
        column("on_trial", Kind::Text),
        column("against", Kind::Text),
        column("share_permille", Kind::Short),
        column("started_at", Kind::Long),
        column("ended_at", Kind::Long),
    ],
    key_len: 1,
    subject: Subject::Key,
    parents: &[],
    is_secret: false,
    secret_columns: &[],
};

/// All of them, parents first.
pub(crate) static ALL: [&Table; 22] = [
    &USERS,
    &MOVIES,
    &PEOPLE,
    &MOVIE_TITLES,
    &MOVIE_GENRES,
    &CREDITS,
    &EXTERNAL_IDS,
    &RATINGS,
    &ACTIVITY,
    &MARKS,
    &KNOBS,
    &SESSIONS,
    &IDENTITIES,
    &API_TOKENS,
    &SECOND_FACTORS,
    &RECOVERY_CODES,
    &PASSKEYS,
    &EVENINGS,
    &EVENING_GUESTS,
    &IMPORTS,
    &MODELS,
    &TRIALS,
];

/// The table of this name.
pub(crate) fn named(name: &str) -> Option<&'static Table> {
    ALL.into_iter().find(|table| table.name == name)
}

impl Table {
    /// An image without what must not be in it, as a version of before wrote it that was still running beside this one.
    pub fn without_secrets(&self, image: String) -> String {
        if !self.secret_columns.iter().any(|column| image.contains(column)) {
            return image;
        }
        match serde_json::from_str::<serde_json::Map<String, Json>>(&image) {
            Ok(mut row) => {
                row.retain(|column, _| !self.secret_columns.contains(&column.as_str()));
                Json::Object(row).to_string()
            }
            // What can't be read can't be shown either.
            Err(_) => "{}".to_owned(),
        }
    }

    /// The columns of the primary key.
    pub fn key_columns(&self) -> &'static [Column] {
        &self.columns[..self.key_len]
    }

    /// Tables whose rows point here, with the column that does.
    pub fn children(&self) -> impl Iterator<Item = (&'static Table, &'static Column)> {
        let name = self.name;
        ALL.into_iter().flat_map(move |child| {
            let pointing = child.parents.iter().filter(move |(_, parent)| *parent == name);
            pointing.map(move |(column, _)| (child, &child.columns[*column]))
        })
    }
}

impl Kind {
    /// The value of a fetched column, as JSON.
    pub fn read(self, row: &QueryResult, index: usize) -> Result<Json, TryGetError> {
        Ok(match self {
            Self::Uuid => row.try_get_by_index::<Option<Uuid>>(index)?.map(|id| id.to_string()).into(),
            Self::Text => row.try_get_by_index::<Option<String>>(index)?.into(),
            Self::Short => row.try_get_by_index::<Option<i16>>(index)?.into(),
            Self::Long => row.try_get_by_index::<Option<i64>>(index)?.into(),
            Self::Bool => row.try_get_by_index::<Option<bool>>(index)?.into(),
        })
    }

    /// A value for a statement; `None` when `json` is nothing that such a column can hold.
    pub fn value(self, json: &Json) -> Option<Value> {
        Some(match (self, json) {
            (Self::Uuid, Json::Null) => Value::Uuid(None),
            (Self::Uuid, Json::String(id)) => id.parse::<Uuid>().ok()?.into(),
            (Self::Text, Json::Null) => Value::String(None),
            (Self::Text, Json::String(text)) => text.as_str().into(),
            (Self::Short, Json::Null) => Value::SmallInt(None),
            (Self::Short, Json::Number(number)) => i16::try_from(number.as_i64()?).ok()?.into(),
            (Self::Long, Json::Null) => Value::BigInt(None),
            (Self::Long, Json::Number(number)) => number.as_i64()?.into(),
            (Self::Bool, Json::Null) => Value::Bool(None),
            (Self::Bool, Json::Bool(truth)) => (*truth).into(),
            _ => return None,
        })
    }
}
