//! A changed row, and rows as the journal keeps them.

use sea_orm::{QueryResult, Value, prelude::Uuid};
use serde_json::{Map, Value as Json};

use super::tables::{Kind, Subject, Table};
use crate::failure::{Failure, Outcome, damaged};

/// What a version 5 UUID is made from where a key itself must not be kept, or is no UUID.
const KEY_NAMESPACE: Uuid = Uuid::from_u128(0x3c0f_91a4_6f0d_5a0e_9d5e_0be6_f1f3_77c2);

/// A row: its columns in the order of [`Table::columns`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub values: Vec<Json>,
    pub version: i64,
}

impl Row {
    /// Reads the columns of `table` and then its version, as they were selected.
    pub fn read(table: &Table, fetched: &QueryResult) -> Outcome<Self> {
        let read = |(index, column): (usize, &super::tables::Column)| column.kind.read(fetched, index);
        let values =
            table.columns.iter().enumerate().map(read).collect::<Result<_, _>>().map_err(sea_orm::DbErr::from)?;
        let version = fetched.try_get_by_index(table.columns.len())?;
        Ok(Self { values, version })
    }

    /// What it holds in this column; null where there is none of the name.
    pub fn get(&self, table: &Table, column: &str) -> &Json {
        let at = table.columns.iter().position(|one| one.name == column);
        at.and_then(|at| self.values.get(at)).unwrap_or(&Json::Null)
    }

    /// The columns as a JSON object; nothing for rows that hold secrets.
    pub fn image(&self, table: &Table) -> Option<String> {
        if table.is_secret {
            return None;
        }
        let named =
            table.columns.iter().zip(&self.values).map(|(column, value)| (column.name.to_owned(), value.clone()));
        Some(Json::Object(named.collect::<Map<_, _>>()).to_string())
    }

    /// The row of an image that the journal kept. A column that the image lacks was added since.
    pub fn from_image(table: &Table, image: &str, version: i64) -> Outcome<Self> {
        let object: Map<String, Json> =
            serde_json::from_str(image).map_err(|error| damaged("history of", table.name, error))?;
        let value =
            |column: &super::tables::Column| object.get(column.name).cloned().unwrap_or_else(|| column.before_it_was());
        let values = table.columns.iter().map(value).collect();
        Ok(Self { values, version })
    }

    pub fn key(&self, table: &Table) -> Vec<Json> {
        self.values[..table.key_len].to_vec()
    }

    pub fn subject(&self, table: &Table) -> Option<Uuid> {
        match table.subject {
            Subject::Column(index) => uuid_of(&self.values[index]),
            Subject::Key => Some(digest(table, &self.key(table))),
        }
    }
}

/// The UUID in a value, if it holds one.
pub(crate) fn uuid_of(value: &Json) -> Option<Uuid> {
    value.as_str().and_then(|id| id.parse().ok())
}

/// A key as text: a JSON array, or a digest where the key is a secret.
pub(crate) fn key_text(table: &Table, key: &[Json]) -> String {
    let text = Json::Array(key.to_vec()).to_string();
    if table.is_secret { Json::Array(vec![digest(table, key).to_string().into()]).to_string() } else { text }
}

/// What stands for a key: the same one always, and no way back.
fn digest(table: &Table, key: &[Json]) -> Uuid {
    Uuid::new_v5(&KEY_NAMESPACE, format!("{}{}", table.name, Json::Array(key.to_vec())).as_bytes())
}

/// What stands for a person who was erased.
pub(crate) fn person_digest(user: Uuid) -> Uuid {
    Uuid::new_v5(&KEY_NAMESPACE, user.as_bytes())
}

/// One changed row.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub table: &'static Table,
    pub key: Vec<Json>,
    pub subject: Option<Uuid>,
    pub version_before: Option<i64>,
    pub version_after: Option<i64>,
    /// JSON; none where the row was not there, or is a secret.
    pub image_before: Option<String>,
}

impl Change {
    /// A row that was not there.
    pub fn added(table: &'static Table, key: Vec<Json>, subject: Option<Uuid>, version: i64) -> Self {
        let subject = match table.subject {
            Subject::Column(_) => subject,
            Subject::Key => Some(digest(table, &key)),
        };
        Self { table, key, subject, version_before: None, version_after: Some(version), image_before: None }
    }

    /// A row that was changed, or removed where no version is left.
    pub fn of(table: &'static Table, before: &Row, version_after: Option<i64>) -> Self {
        Self {
            table,
            key: before.key(table),
            subject: before.subject(table),
            version_before: Some(before.version),
            version_after,
            image_before: before.image(table),
        }
    }
}

/// Keys of rows that were added in bulk, one after the other: for each column of the key 16 bytes for a UUID, 2 or 8 for
/// numbers (big-endian), 1 for a truth value, and for a text its length in 4 bytes before its UTF-8.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PackedKeys(pub Vec<u8>);

impl PackedKeys {
    /// Appends the key of a fetched row whose first columns are the key.
    pub fn push(&mut self, table: &Table, fetched: &QueryResult) -> Result<(), sea_orm::TryGetError> {
        for (index, column) in table.key_columns().iter().enumerate() {
            match column.kind {
                Kind::Uuid => self.0.extend(fetched.try_get_by_index::<Uuid>(index)?.as_bytes()),
                Kind::Short => self.0.extend(fetched.try_get_by_index::<i16>(index)?.to_be_bytes()),
                Kind::Long => self.0.extend(fetched.try_get_by_index::<i64>(index)?.to_be_bytes()),
                Kind::Bool => self.0.push(fetched.try_get_by_index::<bool>(index)?.into()),
                Kind::Text => self.push_text(&fetched.try_get_by_index::<String>(index)?),
            }
        }
        Ok(())
    }

    /// Appends a key.
    pub fn pack(&mut self, table: &Table, key: &[Json]) {
        for (column, value) in table.key_columns().iter().zip(key) {
            match (column.kind, value) {
                (Kind::Uuid, value) => self.0.extend(uuid_of(value).unwrap_or_default().as_bytes()),
                (Kind::Short, value) => {
                    let number = value.as_i64().and_then(|number| i16::try_from(number).ok());
                    self.0.extend(number.unwrap_or_default().to_be_bytes());
                }
                (Kind::Long, value) => self.0.extend(value.as_i64().unwrap_or_default().to_be_bytes()),
                (Kind::Bool, value) => self.0.push(value.as_bool().unwrap_or_default().into()),
                (Kind::Text, value) => self.push_text(value.as_str().unwrap_or_default()),
            }
        }
    }

    /// Appends the key of a row that is about to be inserted, whose first values are the key; none where one of them is
    /// not of its column's kind.
    pub fn pack_values(&mut self, table: &Table, row: &[Value]) -> Option<()> {
        for (column, value) in table.key_columns().iter().zip(row) {
            match (column.kind, value) {
                (Kind::Uuid, Value::Uuid(Some(id))) => self.0.extend(id.as_bytes()),
                (Kind::Short, Value::SmallInt(Some(number))) => self.0.extend(number.to_be_bytes()),
                (Kind::Long, Value::BigInt(Some(number))) => self.0.extend(number.to_be_bytes()),
                (Kind::Bool, Value::Bool(Some(truth))) => self.0.push((*truth).into()),
                (Kind::Text, Value::String(Some(text))) => self.push_text(text),
                _ => return None,
            }
        }
        Some(())
    }

    fn push_text(&mut self, text: &str) {
        let len = u32::try_from(text.len()).expect("no key is 4 GiB long");
        self.0.extend(len.to_be_bytes());
        self.0.extend(text.as_bytes());
    }

    /// How many keys there are.
    pub fn count(&self, table: &Table) -> Outcome<u64> {
        let mut rest = self.0.as_slice();
        let mut keys = 0;
        while !rest.is_empty() {
            for column in table.key_columns() {
                let len = match (column.kind, rest.first_chunk()) {
                    (Kind::Uuid, _) => 16,
                    (Kind::Short, _) => 2,
                    (Kind::Long, _) => 8,
                    (Kind::Bool, _) => 1,
                    (Kind::Text, len) => 4 + len.map_or(0, |len| u32::from_be_bytes(*len) as usize),
                };
                rest = rest.get(len..).ok_or_else(|| Self::cut_off(table))?;
            }
            keys += 1;
        }
        Ok(keys)
    }

    fn cut_off(table: &Table) -> Failure {
        damaged("history of", table.name, "the keys of a bulk write end too early")
    }

    /// The keys again.
    pub fn unpack(&self, table: &Table) -> Outcome<Vec<Vec<Json>>> {
        let mut rest = self.0.as_slice();
        let mut keys = Vec::new();
        while !rest.is_empty() {
            let key = table.key_columns().iter().map(|column| take(&mut rest, column.kind)).collect::<Option<_>>();
            keys.push(key.ok_or_else(|| Self::cut_off(table))?);
        }
        Ok(keys)
    }
}

fn take(rest: &mut &[u8], kind: Kind) -> Option<Json> {
    fn bytes<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
        let (head, tail) = rest.split_first_chunk::<N>()?;
        *rest = tail;
        Some(*head)
    }
    Some(match kind {
        Kind::Uuid => Uuid::from_bytes(bytes(rest)?).to_string().into(),
        Kind::Short => i16::from_be_bytes(bytes(rest)?).into(),
        Kind::Long => i64::from_be_bytes(bytes(rest)?).into(),
        Kind::Bool => (bytes::<1>(rest)? != [0]).into(),
        Kind::Text => {
            let len = u32::from_be_bytes(bytes(rest)?) as usize;
            let (text, tail) = rest.split_at_checked(len)?;
            *rest = tail;
            std::str::from_utf8(text).ok()?.into()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tables::USERS, *};

    #[test]
    fn packed_keys_are_counted_as_they_are_unpacked() {
        let table = &super::super::tables::MOVIE_GENRES;
        let mut keys = PackedKeys::default();
        for genre in ["Drama", "", "Film-Noir"] {
            keys.pack(table, &["00000000-0000-0000-0000-000000000007".into(), genre.into()]);
        }
        assert_eq!((keys.count(table).unwrap(), keys.unpack(table).unwrap().len()), (3, 3));
        keys.0.pop();
        assert!(keys.count(table).is_err() && keys.unpack(table).is_err());
    }

    #[test]
    fn an_image_from_before_there_were_roles_is_a_members() {
        let row = Row::from_image(&USERS, r#"{"id":"00000000-0000-0000-0000-000000000007","name":"Ada"}"#, 1).unwrap();
        let role = USERS.columns.iter().position(|column| column.name == "role").unwrap();
        assert_eq!(row.values[role], Json::from("member"));
        assert_eq!(row.values[2], Json::Null);
    }
}
